package dev.rhizome.core.resync;

class PaceTry {
    static void one(String name, long req, long blk, int ch, int clients, long think, boolean tgt) {
        ModelDisk d = new ModelDisk(PaceSettings.defaults(), req, blk, ch, tgt);
        d.clients(clients, think);
        d.run(5_000_000_000L);
        double alone = d.answered / 5.0;
        d.startResync();
        d.run(3_000_000_000L);
        double a3 = d.answered / 3.0 / alone, r3 = d.copiedBytes / 3.0 / 1048576;
        d.run(30_000_000_000L);
        System.out.printf(
                "%-22s alone=%8.0f first3s share=%.2f %6.1f MiB/s  then share=%.2f resync=%7.1f"
                        + " MiB/s gap=%d ms limit=%s%n",
                name,
                alone,
                a3,
                r3,
                d.answered / 30.0 / alone,
                d.copiedBytes / 30.0 / 1048576,
                d.longestGapNs / 1000000,
                d.pace().limit().label());
    }

    public static void main(String[] x) {
        for (boolean t : new boolean[] {false, true}) {
            one("fast ssd qd1", 80_000, 200_000, 4, 1, 0, t);
            one("fast ssd qd16", 80_000, 200_000, 4, 16, 0, t);
            one("fast1 qd1", 200_000, 300_000, 1, 1, 0, t);
            one("fast1 qd16", 200_000, 300_000, 1, 16, 0, t);
            one("slow hdd qd1", 8_000_000, 4_000_000, 1, 1, 0, t);
            one("slow hdd qd8", 8_000_000, 4_000_000, 1, 8, 0, t);
            one("light think 1ms", 100_000, 300_000, 2, 4, 1_000_000, t);
            one("idle", 100_000, 300_000, 2, 0, 0, t);
            one("sporadic 1/s", 100_000, 300_000, 2, 1, 1_000_000_000L, t);
        }
    }
}

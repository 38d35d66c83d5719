package dev.rhizome.device;

import dev.rhizome.device.nbd.NbdFrontEnd;
import dev.rhizome.device.ublk.UblkFrontEnd;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CountDownLatch;

/**
 * Serves a volume through a front end, in a machine whose kernel has it. The volume is a file's
 * pages, so that it outlives the process, as a replicated one does.
 *
 * <p>Arguments: ublk or nbd, the file, its size in MiB, "continued" or "new"; for ublk a number of
 * payloads, if there shall be few: then requests are answered late, and in any order. Says "node
 * PATH" when the device is there. A line on its input ends it: "withdraw" or "leave".
 */
final class DeviceProbeMain {

    private static final int SECTOR_BYTES = 512;
    private static final int PHYSICAL_BYTES = 4096;
    private static final int MAX_REQUESTS = 64;

    private static final Random RANDOM = new Random(1);

    private DeviceProbeMain() {}

    /** See the class. */
    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(arguments[1]);
        int sizeBytes = Integer.parseInt(arguments[2]) << 20;
        HeapVolume volume = new HeapVolume(pages(file, sizeBytes), SECTOR_BYTES);
        DeviceVolume device =
                new DeviceVolume("r", "a", volume, volume, PHYSICAL_BYTES, MAX_REQUESTS);
        DeviceFrontEnd frontEnd = frontEnd(arguments[0], device);
        boolean late = arguments.length > 4;
        if (late) {
            volume.holds = true;
            volume.budget = Integer.parseInt(arguments[4]);
        }
        try (PollLoop loop = new PollLoop()) {
            loop.start(() -> endBatch(frontEnd, volume, loop));
            boolean leaves = serve(frontEnd, loop, arguments[3].equals("continued"));
            if (leaves) {
                frontEnd.leave();
            } else {
                frontEnd.withdraw();
            }
            onLoop(loop, frontEnd::close);
        }
        System.out.println("ended, memory out: " + volume.acquired);
    }

    private static void endBatch(DeviceFrontEnd frontEnd, HeapVolume volume, PollLoop loop) {
        if (!volume.held.isEmpty()) {
            volume.answer(RANDOM.nextInt(volume.held.size()));
            loop.execute(() -> {});
        }
        frontEnd.submit();
        volume.runWaiter();
    }

    private static boolean serve(DeviceFrontEnd frontEnd, PollLoop loop, boolean continued)
            throws InterruptedException, IOException {
        try {
            long beganNs = System.nanoTime();
            frontEnd.prepare(continued);
            onLoop(loop, () -> frontEnd.serve(loop));
            Path node = frontEnd.publish();
            System.out.println("after " + (System.nanoTime() - beganNs) / 1_000_000 + " ms:");
            System.out.println("node " + node);
        } catch (DeviceException e) {
            System.out.println("REFUSED: " + e.getMessage());
            return false;
        }
        byte[] line = new byte[64];
        int length = System.in.read(line);
        String said = new String(line, 0, Math.max(length, 0), StandardCharsets.UTF_8);
        return said.strip().equals("leave");
    }

    private static void onLoop(PollLoop loop, Runnable task) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        loop.execute(
                () -> {
                    task.run();
                    done.countDown();
                });
        done.await();
    }

    private static DeviceFrontEnd frontEnd(String kind, DeviceVolume device) {
        return switch (kind) {
            case "ublk" -> new UblkFrontEnd(device);
            case "nbd" -> new NbdFrontEnd(device, new SimpleNbdServer(device));
            default -> throw new IllegalArgumentException("no front end " + kind);
        };
    }

    private static MappedByteBuffer pages(Path file, int sizeBytes) throws IOException {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.setLength(sizeBytes);
            return access.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, sizeBytes);
        }
    }
}

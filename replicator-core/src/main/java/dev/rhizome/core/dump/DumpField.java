package dev.rhizome.core.dump;

/** The fields of a dump, in the order of their lines. */
enum DumpField {
    FORMAT("rhizome-metadata"),
    RESOURCE("resource"),
    VOLUME_BYTES("volume-bytes"),
    SEQUENCE("sequence"),
    FLAGS("flags"),
    CURRENT("current"),
    BITMAP("bitmap"),
    HISTORY("history"),
    TENURE("tenure"),
    ACTIVE_EXTENTS("active-extents"),
    OUT_OF_SYNC("out-of-sync"),
    END("end");

    /** Stands for an empty list. */
    static final String NONE = "none";

    private final String key;

    DumpField(String key) {
        this.key = key;
    }

    String key() {
        return key;
    }

    /** The field that follows; there is none after the end. */
    DumpField next() {
        return values()[ordinal() + 1];
    }
}

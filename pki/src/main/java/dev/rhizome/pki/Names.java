package dev.rhizome.pki;

import java.util.regex.Pattern;

/** What a node or a cluster may be called: it becomes a file name, a CN and a SAN. */
final class Names {

    /** The same as the core's limit, on which this module does not depend. */
    static final int MAX_LENGTH = 63;

    private static final Pattern ALLOWED = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

    private Names() {}

    static String checkCluster(String name) throws PkiException {
        return check("cluster", name);
    }

    static String checkNode(String name) throws PkiException {
        check("node", name);
        if (name.equals(CertificateAuthority.FILE_STEM)) {
            throw new PkiException(
                    "the node name \"" + name + "\" is taken: it is the authority's file name");
        }
        return name;
    }

    private static String check(String what, String name) throws PkiException {
        if (name.length() > MAX_LENGTH || !ALLOWED.matcher(name).matches()) {
            throw new PkiException(
                    "the "
                            + what
                            + " name \""
                            + printable(name)
                            + "\" is not usable: 1 to "
                            + MAX_LENGTH
                            + " letters, digits, dots, hyphens or underscores,"
                            + " starting with a letter or digit");
        }
        return name;
    }

    private static String printable(String name) {
        String start = name.length() > MAX_LENGTH ? name.substring(0, MAX_LENGTH) + "..." : name;
        return start.replaceAll("[^\\x20-\\x7e]", "?");
    }
}

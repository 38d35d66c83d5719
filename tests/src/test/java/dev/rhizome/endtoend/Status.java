package dev.rhizome.endtoend;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** One resource's status, as the control API tells it. */
final class Status {
    private static final String UP_TO_DATE = "UpToDate";

    private final Map<String, Object> tree;

    Status(Map<String, Object> tree) {
        this.tree = tree;
    }

    private static String text(Map<?, ?> object, String key) {
        return String.valueOf(object.get(key));
    }

    private static long number(Map<?, ?> object, String key) {
        return object.get(key) instanceof Number number ? number.longValue() : 0;
    }

    /** The first of a list of objects, or an empty one: a resource that is down has none. */
    private static Map<?, ?> first(Map<?, ?> object, String key) {
        return object.get(key) instanceof List<?> list
                        && !list.isEmpty()
                        && list.get(0) instanceof Map<?, ?> element
                ? element
                : Map.of();
    }

    private Map<?, ?> device() {
        return first(tree, "devices");
    }

    private Map<?, ?> link() {
        return first(tree, "connections");
    }

    private Map<?, ?> peerDevice() {
        return first(link(), "peer_devices");
    }

    boolean up() {
        return Boolean.TRUE.equals(tree.get("up"));
    }

    String downReason() {
        return text(tree, "down-reason");
    }

    String role() {
        return text(tree, "role");
    }

    String disk() {
        return text(device(), "disk-state");
    }

    long sizeBytes() {
        return number(device(), "size") * 1024;
    }

    String connection() {
        return text(link(), "connection-state");
    }

    String connectionReason() {
        return text(link(), "connection-reason");
    }

    boolean connected() {
        return connection().equals("Connected");
    }

    boolean standAlone() {
        return connection().equals("StandAlone");
    }

    /** Between which addresses the link is. */
    String path() {
        return text(link(), "path");
    }

    /** How many links there have been. */
    long links() {
        return number(link(), "links");
    }

    private static Map<?, ?> section(Map<?, ?> object, String key) {
        return object.get(key) instanceof Map<?, ?> section ? section : Map.of();
    }

    /** The serial number of what this node shows on connections that are made now. */
    String ownSerial() {
        return text(section(section(tree, "certificates"), "own"), "serial");
    }

    /** Of what it has shown on the link that is up. */
    String shownSerial() {
        return text(section(link(), "own-certificate"), "serial");
    }

    /** Of what the peer has shown on it. */
    String peerSerial() {
        return text(section(link(), "peer-certificate"), "serial");
    }

    /** What is to be known of certificates. */
    String certificateWarnings() {
        return text(section(tree, "certificates"), "warnings");
    }

    boolean compressing() {
        return Boolean.TRUE.equals(link().get("compressing"));
    }

    /** Volume data that was sent. */
    long dataBytes() {
        return counter("data-bytes");
    }

    /** What that was on the wire. */
    long dataWireBytes() {
        return counter("data-wire-bytes");
    }

    private long counter(String name) {
        return tree.get("counters") instanceof Map<?, ?> counters ? number(counters, name) : 0;
    }

    String replication() {
        return text(peerDevice(), "replication-state");
    }

    String peerDisk() {
        return text(peerDevice(), "peer-disk-state");
    }

    long resyncedBytes() {
        return number(tree, "resynced-bytes");
    }

    /** What resyncs did not have to copy. */
    long resyncSameBytes() {
        return number(tree, "resync-same-bytes");
    }

    private Map<?, ?> verify() {
        return peerDevice().get("verify") instanceof Map<?, ?> verify ? verify : Map.of();
    }

    /** Whether a verify has ended. */
    boolean verified() {
        return Boolean.FALSE.equals(verify().get("running"));
    }

    /** How the last verify ended. */
    String verifyOutcome() {
        return text(verify(), "outcome");
    }

    /** What it has found: offset and length in bytes, with a plus sign in between. */
    List<String> foundRanges() {
        return verify().get("ranges") instanceof List<?> ranges
                ? ranges.stream()
                        .map(range -> range instanceof Map<?, ?> map ? range(map) : "?")
                        .toList()
                : List.of();
    }

    private static String range(Map<?, ?> range) {
        return number(range, "offset-bytes") + "+" + number(range, "length-bytes");
    }

    long outOfSyncBytes() {
        return number(peerDevice(), "out-of-sync") * 1024;
    }

    /** Who has paused resyncs: no, user, peer, or "user,peer". */
    /** For what clients wait. */
    String suspended() {
        return text(tree, "suspended");
    }

    /** Why, and what ends it. */
    String suspendedReason() {
        return text(tree, "suspended-reason");
    }

    /** What clients have written since the daemon started. */
    long writtenBytes() {
        return counter("written-bytes");
    }

    String resyncSuspended() {
        return text(peerDevice(), "resync-suspended");
    }

    String ioEngine() {
        return text(tree, "io-engine");
    }

    String tlsEngine() {
        return text(tree, "tls-engine");
    }

    long inFlight() {
        return tree.get("counters") instanceof Map<?, ?> counters
                ? number(counters, "in-flight")
                : 0;
    }

    long failed() {
        return tree.get("counters") instanceof Map<?, ?> counters ? number(counters, "failed") : 0;
    }

    /** Whether both disks have the newest data, and writes go to both. */
    boolean mirrored() {
        return connected()
                && replication().equals("Established")
                && disk().equals(UP_TO_DATE)
                && peerDisk().equals(UP_TO_DATE);
    }

    /** Mirrored, and no request is under way. */
    boolean inStep() {
        return mirrored() && inFlight() == 0;
    }

    /** The rules and reasons of the last events, oldest first. */
    String events() {
        return tree.get("recent-events") instanceof List<?> events
                ? events.stream()
                        .map(event -> event instanceof Map<?, ?> map ? event(map) : "?")
                        .collect(Collectors.joining("\n"))
                : "";
    }

    private static String event(Map<?, ?> event) {
        return text(event, "rule") + ": " + text(event, "reason");
    }

    @Override
    public String toString() {
        return tree.toString();
    }
}

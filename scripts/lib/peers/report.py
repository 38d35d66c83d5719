"""What was found: the limits, a table for the terminal, JSON, and a page with plots."""

import html
import json
import os
import time

PEERS = ("qemu, quorum", "qemu, mirror")
# The mirror sends a flush, or what a FUA asks for, to its own disk only: where these count, it is no peer. Seen in its target's trace of requests.
FLUSHING_PEERS = ("qemu, quorum",)
RHIZOME = "rhizome"
ROUND_TRIPS = ("unix round trip", "TLS round trip")


class Bar:
    """One limit, and what was found."""

    def __init__(self, text, found, limit, at_least):
        self.text = text
        self.found = found
        self.limit = limit
        self.at_least = at_least

    def met(self):
        return self.found >= self.limit if self.at_least else self.found <= self.limit

    def line(self):
        sign = ">=" if self.at_least else "<="
        return {"bar": self.text, "found": round(self.found, 3), "limit": f"{sign} {self.limit}", "met": self.met()}


def peers_of(load):
    return FLUSHING_PEERS if any(word in load for word in ("flush", "FUA", "SQLite")) else PEERS


def bars(rows):
    """All that can be said of the rows at hand; a row that was not measured says nothing."""
    table = {(row["load"], row["contender"]): row for row in rows}

    def best(load, key, pick):
        found = [key(table[load, peer]) for peer in peers_of(load) if (load, peer) in table]
        return pick(found) if found and (load, RHIZOME) in table else None

    def value(row):
        return row["value"]

    found = []
    for load in dict.fromkeys(row["load"] for row in rows if " read" not in row["load"]):
        peer = best(load, value, max)
        if peer:
            limit = {"4k write, depth 32": 2.0, "128k write, depth 8": 1.3, "1M write, depth 4": 1.3}.get(load, 1.0)
            whose = "of the better qemu peer's" if len(peers_of(load)) > 1 else "of the quorum's, which flushes both disks"
            found.append(Bar(f"{load}: throughput, {whose}", value(table[load, RHIZOME]) / peer, limit, True))
    first = "4k write, depth 1"
    peer = best(first, lambda row: row["p50_us"], min)
    if peer:
        found.append(Bar(f"{first}: p50, of the better qemu peer's", table[first, RHIZOME]["p50_us"] / peer, 0.75, False))
    deep = "4k write, depth 32"
    peer = best(deep, lambda row: sum(row["cpu_us"]), min)
    if peer:
        found.append(Bar(f"{deep}: CPU of both nodes, of the better qemu peer's", sum(table[deep, RHIZOME]["cpu_us"]) / peer, 0.5, False))
    for load in dict.fromkeys(row["load"] for row in rows if " read" in row["load"]):
        if (load, RHIZOME) in table and (load, "qemu, local") in table:
            ratio = value(table[load, RHIZOME]) / value(table[load, "qemu, local"])
            found.append(Bar(f"{load}: throughput, of qemu's without replication", ratio, 1.0, True))
    parts = [table.get((first, name)) for name in (*ROUND_TRIPS, "raw disk")]
    if all(parts) and (first, RHIZOME) in table:
        ideal = sum(part["p50_us"] for part in parts)
        text = f"{first}: p50, of unix round trip + TLS round trip + disk ({ideal:.0f} us)"
        found.append(Bar(text, table[first, RHIZOME]["p50_us"] / ideal, 1.35, False))
    return [bar.line() for bar in found]


def amount(row):
    return f"{row['value']:,.0f} {row['unit']}"


def table(found, say):
    load = None
    for row in found["rows"]:
        if row["load"] != load:
            load = row["load"]
            say(f"\n{load}\n  {'':18}{'median':>16}  {'spread':>19} {'p50':>8} {'p99':>8} {'p99.9 us':>9}  CPU us/op, each node")
        low, high = row["spread"]
        cpu = " + ".join(f"{each:.1f}" for each in row["cpu_us"]) or "-"
        say(
            f"  {row['contender']:18}{amount(row):>16}  {f'{low:,.0f} - {high:,.0f}':>19} {row['p50_us']:8.0f} {row['p99_us']:8.0f}"
            f" {row['p999_us']:9.0f}  {cpu}"
        )
    say("\nmemory, MiB RSS of each process")
    for name, sizes in found["memory_mib"].items():
        say(f"  {name:18}{' + '.join(f'{each:.0f}' for each in sizes)}")
    say("")
    for bar in found["bars"]:
        say(f"{'ok    ' if bar['met'] else 'MISSED'} {bar['found']:7.2f}  {bar['limit']:>8}  {bar['bar']}")


def write(found, folder):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "results.json"), "w", encoding="ascii") as file:
        json.dump(found, file, indent=1)
    plots = {}
    for load in dict.fromkeys(row["load"] for row in found["rows"]):
        rows = [row for row in found["rows"] if row["load"] == load and row["contender"] not in ROUND_TRIPS]
        plots[load] = plot(load, rows)
    with open(os.path.join(folder, "report.html"), "w", encoding="utf-8") as file:
        file.write(page(found, plots))


def plot(load, rows):
    """As SVG within the page: throughput as bars, and beside it the latency, from the median to the tail."""
    # pylint: disable=import-outside-toplevel
    import io

    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9})
    from matplotlib import pyplot, ticker

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 0.5 + 0.34 * len(rows)), sharey=True, layout="constrained")
    names = [row["contender"] for row in rows][::-1]
    colours = ["#0b6e4f" if name == RHIZOME else "#c26a1b" if name in PEERS else "#9aa5b1" for name in names]
    values = [row["value"] for row in rows][::-1]
    spread = [[row["value"] - row["spread"][0] for row in rows][::-1], [row["spread"][1] - row["value"] for row in rows][::-1]]
    left.barh(names, values, color=colours, xerr=spread, ecolor="#444", capsize=2)
    left.set_title(f"{rows[0]['unit']} (more is better)", fontsize=9, loc="left")
    left.xaxis.set_major_locator(ticker.MaxNLocator(6))
    left.xaxis.set_major_formatter(ticker.EngFormatter(sep=""))
    medians, tails = ([row[key] for row in rows][::-1] for key in ("p50_us", "p99_us"))
    right.hlines(names, medians, tails, color=colours, linewidth=2)
    right.scatter(medians, names, color=colours, zorder=3)
    right.plot(tails, names, "|", color="#222", markersize=9)
    right.set_title("latency, us: the median as a point, to p99 (less is better)", fontsize=9, loc="left")
    right.set_xscale("log")
    right.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
    right.xaxis.set_major_formatter(ticker.ScalarFormatter())
    right.xaxis.set_minor_formatter(ticker.NullFormatter())
    right.grid(axis="x", color="#eee")
    right.set_axisbelow(True)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Title": load})
    pyplot.close(figure)
    return text.getvalue()[text.getvalue().index("<svg") :]


STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1d2733; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .4rem; } svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
td, th { padding: .25rem .6rem; border-bottom: 1px solid #dde3ea; text-align: right; } td:first-child, th:first-child { text-align: left; }
.met { color: #0b6e4f; font-weight: 600; } .missed { color: #b3261e; font-weight: 600; } .about { color: #51606f; }
"""


def page(found, plots):
    when = time.strftime("%Y-%m-%d %H:%M", time.gmtime(found["began"]))
    link = "loopback" if not found["round_trip_ms"] else f"loopback and {found['round_trip_ms']:g} ms round trip"
    about = (
        f"{when} UTC. {found['processors']} processors, disks in {found['disks']}, link: {link}. {found['rounds']} rounds of {found['seconds']:g} s,"
        f" in an order drawn anew each time; medians, with the smallest and largest. {found['qemu']}. Load average at the end: {found['load_average']:.1f}."
    )
    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>",
        f"<title>Rhizome beside its peers</title><style>{STYLE}</style><h1>Rhizome beside its peers</h1>",
        f"<p class='about'>{html.escape(about)}</p><table><tr><th>Limit</th><th>found</th><th>limit</th><th></th></tr>",
    ]
    for bar in found["bars"]:
        word = "met" if bar["met"] else "missed"
        cells = f"<td>{html.escape(bar['bar'])}</td><td>{bar['found']:.2f}</td><td>{html.escape(bar['limit'])}</td>"
        parts.append(f"<tr>{cells}<td class='{word}'>{word}</td></tr>")
    parts.append("</table>")
    for load, svg in plots.items():
        parts.append(f"<h2>{html.escape(load)}</h2>{svg}{rows_of(found, load)}")
    sizes = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{' + '.join(f'{each:.0f}' for each in memory)}</td></tr>"
        for name, memory in found["memory_mib"].items()
    )
    parts.append(f"<h2>Memory</h2><table><tr><th>Contender</th><th>MiB RSS, each process</th></tr>{sizes}</table></html>\n")
    return "".join(parts)


def rows_of(found, load):
    head = "".join(f"<th>{each}</th>" for each in ("", "median", "p50 us", "p99 us", "p99.9 us", "CPU us per operation"))
    rows = []
    for row in found["rows"]:
        if row["load"] == load:
            cpu = " + ".join(f"{each:.1f}" for each in row["cpu_us"]) or "-"
            numbers = "".join(f"<td>{row[key]:.0f}</td>" for key in ("p50_us", "p99_us", "p999_us"))
            rows.append(f"<tr><td>{html.escape(row['contender'])}</td><td>{amount(row)}</td>{numbers}<td>{cpu}</td></tr>")
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"

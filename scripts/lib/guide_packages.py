"""The packages that docs/operations.md has a person install: this version and a later one."""

import shutil

from guide_run import run

VERSIONS = ("0.1.0", "0.2.0")


def provide(root, folder):
    """This tree as rhizome_VERSION-1_amd64.deb, for each version; the files."""
    maker = root / "scripts/package"
    for version in VERSIONS:
        if maker.exists():
            run(maker, "--architecture", "amd64", "--version", version, "--output", folder, limit_s=1800)
        else:
            stand_in(root, version, folder)
    return [folder / f"rhizome_{version}-1_amd64.deb" for version in VERSIONS]


def stand_in(root, version, folder):
    """As long as there is no scripts/package: a package of what scripts/archive puts together, at the same places."""
    tree, archive = folder / version, folder / f"{version}.tar.gz"
    run(root / "scripts/archive", archive, limit_s=1800)
    home = tree / "usr/lib/rhizome"
    home.mkdir(parents=True)
    run("tar", "--extract", "--file", archive, "--directory", home, "--strip-components=1")
    shutil.copytree(home / "usr", tree / "usr", dirs_exist_ok=True)
    shutil.rmtree(home / "usr")
    for unit in (tree / "usr/lib/systemd/system").glob("*.service"):
        unit.write_text(unit.read_text().replace("/opt/rhizome/", "/usr/lib/rhizome/"))
    (tree / "usr/bin").mkdir()
    (tree / "usr/bin/rhizome").symlink_to("/usr/lib/rhizome/bin/rhizome")
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN/control").write_text(
        f"Package: rhizome\nVersion: {version}-1\nArchitecture: amd64\nMaintainer: Rhizome <rhizome@localhost>\nDescription: block replicator\n"
    )
    run("dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, folder / f"rhizome_{version}-1_amd64.deb")

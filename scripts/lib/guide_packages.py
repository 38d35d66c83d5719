"""The packages that docs/operations.md has a person install: this version and a later one."""

from guide_run import run

VERSIONS = ("0.1.0", "0.2.0")


def provide(root, folder):
    """This tree as rhizome_VERSION-1_amd64.deb, for each version; the files."""
    for version in VERSIONS:
        run(root / "scripts/package", "--architecture", "amd64", "--version", version, "--output", folder, limit_s=1800)
    return [folder / f"rhizome_{version}-1_amd64.deb" for version in VERSIONS]

"""Ansible's way into a node of the lab, where there is no ssh: scripts/lab exec."""

import shlex
import subprocess

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: lab
short_description: A node of Rhizome's lab
description: Runs commands in a node by scripts/lab exec.
options:
  script:
    description: The lab's script.
    env: [{name: RHIZOME_LAB_SCRIPT}]
    required: true
"""

# What in_node of the lab ends with if the node is off.
OFF = 255


class Connection(ConnectionBase):
    transport = "lab"
    has_pipelining = True

    def _connect(self):
        self._connected = True
        return self

    def close(self):
        self._connected = False

    def exec_command(self, cmd, in_data=None, sudoable=True):
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        return self.run(["/bin/sh", "-c", cmd], in_data)

    def run(self, command, in_data=None):
        # Of a task that is delegated, the other node's.
        where = [self.get_option("script"), "exec", self._play_context.remote_addr]
        done = subprocess.run(where + command, input=in_data or b"", capture_output=True, check=False)
        if done.returncode == OFF:
            raise AnsibleConnectionFailure(done.stderr.decode(errors="replace").strip() or "the node is off")
        return done.returncode, done.stdout, done.stderr

    def put_file(self, in_path, out_path):
        super().put_file(in_path, out_path)
        with open(in_path, "rb") as file:
            code, _, said = self.run(["/bin/sh", "-c", f"cat >{shlex.quote(out_path)}"], file.read())
        if code:
            raise AnsibleError(f"cannot copy to {out_path}: {said.decode(errors='replace')}")

    def fetch_file(self, in_path, out_path):
        super().fetch_file(in_path, out_path)
        code, data, said = self.run(["cat", in_path])
        if code:
            raise AnsibleError(f"cannot copy {in_path}: {said.decode(errors='replace')}")
        with open(out_path, "wb") as file:
            file.write(data)

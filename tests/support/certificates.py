# SPDX-License-Identifier: Apache-2.0
"""Certificates for the tests' own servers and clients, made by openssl, good for two days."""

import subprocess

NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]


def make_authorities(folder):
    """An authority, ca.crt, and another one that signs no server, other-ca.crt."""
    for name in ("ca", "other-ca"):
        openssl(folder, "req", "-x509", *NEW_KEY, "-nodes", "-days", "2", "-subj", f"/CN=gangway test {name}",
                "-keyout", f"{name}.key", "-out", f"{name}.crt")
        (folder / f"{name}.crt").chmod(0o644)


def sign(folder, name, subject, names=(), authority="ca", password=None):
    """NAME.key, encrypted when there is a password, and NAME.crt for this subject; a server's names, or none."""
    locked = ["-passout", f"pass:{password}"] if password else ["-nodes"]
    openssl(folder, "req", *NEW_KEY, *locked, "-subj", f"/CN={subject}", "-keyout", f"{name}.key", "-out",
            f"{name}.csr")
    extensions = folder / f"{name}.extensions"
    extensions.write_text("subjectAltName=" + ",".join(f"DNS:{each}" for each in names) + "\n" if names else "")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.crt", "-CAkey", f"{authority}.key",
            "-CAcreateserial", "-days", "2", "-extfile", extensions.name, "-out", f"{name}.crt")
    (folder / f"{name}.crt").chmod(0o644)


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

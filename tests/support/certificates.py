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


def sign(folder, name, subject, names=(), authority="ca", password=None, days=2):
    """NAME.key, encrypted when there is a password, and NAME.crt for this subject; a server's names, or none."""
    locked = ["-passout", f"pass:{password}"] if password else ["-nodes"]
    openssl(folder, "req", *NEW_KEY, *locked, "-subj", f"/CN={subject}", "-keyout", f"{name}.key", "-out",
            f"{name}.csr")
    extensions = folder / f"{name}.extensions"
    extensions.write_text("subjectAltName=" + ",".join(f"DNS:{each}" for each in names) + "\n" if names else "")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.crt", "-CAkey", f"{authority}.key",
            "-CAcreateserial", "-days", str(days), "-extfile", extensions.name, "-out", f"{name}.crt")
    (folder / f"{name}.crt").chmod(0o644)


def sign_badly(folder):
    """Pairs that no client may accept for localhost: expired, other-name, unknown (of other-ca) and self-signed."""
    sign(folder, "expired", "localhost", names=["localhost"], days=0)  # it ends now; OpenSSL from 3.4 on refuses -1
    sign(folder, "other-name", "example.org", names=["example.org"])
    sign(folder, "unknown", "localhost", names=["localhost"], authority="other-ca")
    openssl(folder, "req", "-x509", *NEW_KEY, "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
            "subjectAltName=DNS:localhost", "-keyout", "self-signed.key", "-out", "self-signed.crt")


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

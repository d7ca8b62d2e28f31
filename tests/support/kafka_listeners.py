# SPDX-License-Identifier: Apache-2.0
"""How a node of the tests' own Kafka can be reached: in plain text, through a proxy, and, where the cluster is a secure
one, by TLS, with a certificate of the client's, and by logging in. As a broker's settings.

Who comes in plain text or by TLS without a certificate may do everything, as `gangway` and the certificate's owner may;
`guest` may nothing but what Cluster.allow says. The servers' certificate is for `localhost`, and not for 127.0.0.1.
"""

import certificates

USERS = ("gangway", "guest")
PASSWORD = "open sesame"
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
KEY_PASSWORD = "locked away"  # of locked.key, the client's key once more

PLAIN = {"PLAINTEXT": "PLAINTEXT", "PROXIED": "PLAINTEXT"}
SECURE = {"TLS": "SSL", "MUTUAL_TLS": "SSL", "SASL": "SASL_PLAINTEXT", "SASL_TLS": "SASL_SSL"}
JAAS = "org.apache.kafka.common.security"


def protocols(is_secure):
    """Of each listener."""
    return PLAIN | SECURE if is_secure else PLAIN


def settings(node):
    """Of a node, whose ports and proxy are chosen."""
    is_secure = node.cluster.is_secure
    listening = {name: f"127.0.0.1:{port}" for name, port in node.ports.items()}
    told = listening | {name: f"localhost:{node.ports[name]}" for name in SECURE if is_secure}
    told["PROXIED"] = f"127.0.0.1:{node.proxy.port}"
    controller = f"127.0.0.1:{node.controller_port}"
    chosen = {
        "listeners": addresses(listening | {"CONTROLLER": controller}),
        "advertised.listeners": addresses(told),
        "listener.security.protocol.map": ",".join(
            f"{name}:{protocol}" for name, protocol in (protocols(is_secure) | {"CONTROLLER": "PLAINTEXT"}).items()),
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
    }
    return chosen | (secure_settings(node.cluster.certificates) if is_secure else {})


def addresses(chosen):
    return ",".join(f"{name}://{address}" for name, address in chosen.items())


def secure_settings(folder):
    chosen = {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS;User:gangway;User:CN=gangway",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": folder / "broker.pem",
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": folder / "ca.crt",
        "listener.name.mutual_tls.ssl.client.auth": "required",
    }
    for listener in ("sasl", "sasl_tls"):
        prefix = f"listener.name.{listener}"
        chosen[f"{prefix}.sasl.enabled.mechanisms"] = ",".join(MECHANISMS)
        chosen[f"{prefix}.plain.sasl.jaas.config"] = f"{JAAS}.plain.PlainLoginModule required " + " ".join(
            f'user_{user}="{PASSWORD}"' for user in USERS) + ";"
        for mechanism in MECHANISMS[1:]:
            chosen[f"{prefix}.{mechanism.lower()}.sasl.jaas.config"] = f"{JAAS}.scram.ScramLoginModule required;"
    return chosen


def format_arguments(is_secure):
    """SCRAM users are made with the storage."""
    if not is_secure:
        return []
    return [part for mechanism in MECHANISMS[1:] for user in USERS
            for part in ("--add-scram", f"{mechanism}=[name={user},password={PASSWORD}]")]


def make_certificates(folder):
    """The servers', the client's, and one of a client whom another authority knows (other.crt)."""
    folder.mkdir()
    certificates.make_authorities(folder)
    certificates.sign(folder, "broker", "localhost", names=["localhost"])
    certificates.sign(folder, "client", "gangway")
    certificates.sign(folder, "locked", "gangway", password=KEY_PASSWORD)
    certificates.sign(folder, "other", "gangway", authority="other-ca")
    (folder / "broker.pem").write_text((folder / "broker.key").read_text() + (folder / "broker.crt").read_text())

# SPDX-License-Identifier: Apache-2.0
"""The installed SDK: the plugin of docs/plugins.md, built outside of this tree by the commands that the page shows, is
loaded by the installed gateway, does what it says, and passes the installed contract suite of its port."""

import os
import re
import subprocess

import pytest
from gateway import QUICKSTART, ROOT, build_folder

CONFIG = QUICKSTART.replace("console: {plugin: console_notifier}", 'audit: {plugin: log_notifier, prefix: "stock: "}')
CONFIG = CONFIG.replace("notify: [console]", "notify: [audit]")
COMMANDS = """\
{"type": "CreateBatch", "ref": "b1", "sku": "LAMP", "qty": 1}
{"type": "Allocate", "orderid": "o1", "sku": "LAMP", "qty": 2}
"""


def block(language):
    """The only block of this language on the page."""
    page = (ROOT / "docs/plugins.md").read_text(encoding="utf-8")
    (text,) = re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    return text


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """An installation of this build, in a folder that its author did not know when it was configured."""
    prefix = tmp_path_factory.mktemp("installed") / "prefix"
    subprocess.run(["cmake", "--install", build_folder(), "--prefix", prefix], check=True, umask=0o022,
                   stdout=subprocess.DEVNULL)
    return prefix


def call(*command, cwd=None, **environment):
    return subprocess.run([str(word) for word in command], cwd=cwd, env=os.environ | environment, umask=0o022,
                          text=True, capture_output=True, timeout=120)


def must(*command, **options):
    result = call(*command, **options)
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def build_with_pkg_config(prefix, folder):
    must("sh", "-ec", block("sh").replace("-Wall", "-Wall -Werror"), cwd=folder,
         PKG_CONFIG_PATH=str(prefix / "lib/pkgconfig"))
    return folder / "log_notifier.so"


def build_with_cmake(prefix, folder):
    (folder / "CMakeLists.txt").write_text(block("cmake"))
    must("cmake", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={prefix}")
    must("cmake", "--build", folder / "build")
    return folder / "build/log_notifier.so"


@pytest.fixture(params=[build_with_pkg_config, build_with_cmake], ids=["pkg_config", "cmake"])
def plugin(request, prefix, tmp_path):
    folder = tmp_path / "plugin"
    folder.mkdir()
    (folder / "log_notifier.c").write_text(block("c"))
    return request.param(prefix, folder)


def exported(plugin):
    names = must("nm", "--dynamic", "--defined-only", "--format=just-symbols", plugin).stdout.split()
    return {name for name in names if not name.startswith("_")}


def test_the_plugin_of_the_manual_runs_in_an_installed_gateway(prefix, plugin, tmp_path):
    assert exported(plugin) == {"gw_plugin_descriptor"}
    must("install", "-m", "755", plugin, prefix / "lib/gangway/plugins/log_notifier.so")
    (tmp_path / "shop.yaml").write_text(CONFIG)
    (tmp_path / "commands.jsonl").write_text(COMMANDS)
    must(prefix / "bin/gangway", "plugin", "verify", plugin)
    must(prefix / "bin/gangway", "lint", "shop.yaml", cwd=tmp_path)
    run = must(prefix / "bin/gangway", "run", "shop.yaml", cwd=tmp_path)
    assert run.stderr.count("stock: Out of stock for LAMP") == 1


def test_the_plugin_of_the_manual_passes_the_installed_contract_suite(prefix, plugin):
    result = must(prefix / "bin/gangway-contract", "notifier", plugin.name, cwd=plugin.parent)
    assert "Failures: 0, Errors: 0" in result.stdout


def test_a_plugin_that_gives_no_verdict_fails_the_installed_contract_suite(prefix, tmp_path):
    broken = block("c").replace("verdict->status = GW_OK;", "(void)verdict;")
    assert broken != block("c")
    (tmp_path / "log_notifier.c").write_text(broken)
    plugin = build_with_pkg_config(prefix, tmp_path)
    assert call(prefix / "bin/gangway-contract", "notifier", plugin).returncode == 1


def test_a_plugin_outside_of_the_tree_links_the_library_and_exports_none_of_it(prefix, tmp_path):
    source = block("c").replace("#include <stddef.h>", "#include <gangway/sdk/json_escape.h>\n\n#include <stddef.h>")
    source = source.replace("    verdict->status = GW_OK;", """\
    {
        struct gw_buffer line;

        gw_buffer_init(&line, 1024);
        gw_json_escape_append(&line, text.ptr, text.len);
        gw_host_log(notifier->host, "NOTICE-I002", "%s", line.ptr);
        gw_buffer_done(&line);
    }
    verdict->status = GW_OK;""")
    (tmp_path / "log_notifier.c").write_text(source)
    plugin = build_with_pkg_config(prefix, tmp_path)
    assert exported(plugin) == {"gw_plugin_descriptor"}
    must(prefix / "bin/gangway", "plugin", "verify", plugin)


def test_the_manual_lists_every_header_of_the_library(prefix):
    page = (ROOT / "docs/plugins.md").read_text(encoding="utf-8")
    section = page.partition("\n## The plugin library\n")[2].partition("\n## ")[0]
    installed = {header.name for header in (prefix / "include/gangway/sdk").glob("*.h")}
    assert set(re.findall(r"^\| `(\w+\.h)` \|", section, re.MULTILINE)) == installed


def test_every_port_has_its_suite_in_an_installation(prefix):
    usage = call(prefix / "bin/gangway-contract", "nothing", "x.so")
    assert usage.returncode == 2
    assert {"entrypoint", "notifier", "publisher", "repository"} <= set(re.findall(r"\w+", usage.stderr))

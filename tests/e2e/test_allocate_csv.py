# SPDX-License-Identifier: Apache-2.0
"""`gangway allocate-csv FOLDER`, as a user sees it who keeps stock in a spreadsheet. The tests write and read the files
with Python's own csv module."""

import csv
import json
import os
import random
import re
import signal
import subprocess

import pytest
import reference
from gateway import STATUS_CONFIG, STATUS_FAILED, STATUS_OK, STATUS_USAGE, Gateway, binary
from log_records import CODE, logged

BATCHES = ["ref", "sku", "qty", "eta"]
ORDERS = ["orderid", "sku", "qty"]
ALLOCATIONS = ["orderid", "sku", "qty", "batchref"]


class Folder:
    """A folder with the three files."""

    def __init__(self, path, gateway):
        self.path, self.gateway = path, gateway

    def write(self, name, header, rows, **options):
        with (self.path / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, **options).writerows([header, *rows])

    def batches(self, *rows):
        self.write("batches.csv", BATCHES, rows)

    def orders(self, *rows):
        self.write("orders.csv", ORDERS, rows)

    def allocations(self):
        with (self.path / "allocations.csv").open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        assert header == ALLOCATIONS
        return [tuple(row) for row in rows]

    def allocate(self, **options):
        return self.gateway.call("allocate-csv", self.path, **options)

    def allocated(self, **options):
        """A run that went well: its result and the allocations."""
        result = self.allocate(**options)
        assert result.status == STATUS_OK, result
        return result, self.allocations()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "stock").mkdir()
    (tmp_path / "elsewhere").mkdir()
    gateway = Gateway(tmp_path / "elsewhere")
    yield Folder(tmp_path / "stock", gateway)
    gateway.close()


def counts(result):
    (line,) = [line for line in result.out.splitlines() if "order lines read" in line]
    return {words: int(number) for number, words in re.findall(r"(\d+) ([a-z ]+)", line)}


def test_the_book_s_example(folder):
    """Chapter 12's CSV folder: two batches, warehouse stock first, then the earlier ship."""
    folder.batches(("b1", "s1", 100, ""), ("b2", "s2", 100, "2011-01-01"), ("b3", "s2", 100, "2011-01-02"))
    folder.orders(("o1", "s1", 3), ("o2", "s2", 12))
    result, allocations = folder.allocated()
    assert allocations == [("o1", "s1", "3", "b1"), ("o2", "s2", "12", "b2")]
    assert counts(result) == {
        "order lines read": 2, "allocated": 2, "allocated before": 0, "out of stock": 0, "refused": 0
    }


def test_a_second_run_changes_nothing(folder):
    folder.batches(("b1", "LAMP", 10, ""))
    folder.orders(("o1", "LAMP", 4), ("o2", "LAMP", 5))
    folder.allocated()
    before = {path.name: path.read_bytes() for path in folder.path.glob("*.csv")}
    result, _ = folder.allocated()
    assert {path.name: path.read_bytes() for path in folder.path.glob("*.csv")} == before
    assert counts(result)["allocated before"] == 2
    assert "Out of stock" not in result.out


def test_more_orders_keep_the_first_ones(folder):
    folder.batches(("b1", "LAMP", 10, ""), ("b2", "LAMP", 10, "2027-01-01"))
    folder.orders(("o1", "LAMP", 6), ("o2", "LAMP", 6))
    _, first = folder.allocated()
    folder.orders(("o3", "LAMP", 4), ("o1", "LAMP", 6), ("o2", "LAMP", 6), ("o4", "LAMP", 4))
    _, allocations = folder.allocated()
    assert allocations == [*first, ("o3", "LAMP", "4", "b1"), ("o4", "LAMP", "4", "b2")]


def test_allocations_from_before_the_first_run_stay(folder):
    folder.batches(("b1", "LAMP", 10, ""))
    folder.write("allocations.csv", ALLOCATIONS, [("old", "LAMP", 7, "b1")], lineterminator="\n")
    folder.orders(("o1", "LAMP", 4), ("o2", "LAMP", 3))
    result, allocations = folder.allocated()
    assert allocations == [("old", "LAMP", "7", "b1"), ("o2", "LAMP", "3", "b1")]
    assert counts(result)["out of stock"] == 1


def test_out_of_stock_is_reported_and_not_a_failure(folder):
    folder.batches(("b1", "LAMP", 10, ""))
    folder.orders(("o1", "LAMP", 11), ("o2", "LAMP", 10), ("o3", "LAMP", 1))
    result, allocations = folder.allocated()
    assert result.notices() == ["Out of stock for LAMP"] * 2
    assert allocations == [("o2", "LAMP", "10", "b1")]
    assert counts(result)["out of stock"] == 2


def test_new_stock_serves_lines_that_were_out_of_stock(folder):
    folder.batches(("b1", "LAMP", 1, ""))
    folder.orders(("o1", "LAMP", 5))
    assert counts(folder.allocate())["out of stock"] == 1
    folder.batches(("b1", "LAMP", 1, ""), ("b2", "LAMP", 9, "2027-01-01"))
    assert folder.allocated()[1] == [("o1", "LAMP", "5", "b2")]


def test_a_quantity_that_was_changed_by_hand_counts(folder):
    folder.batches(("b1", "LAMP", 5, ""))
    folder.orders(("o1", "LAMP", 5), ("o2", "LAMP", 3))
    assert folder.allocated()[1] == [("o1", "LAMP", "5", "b1")]
    folder.batches(("b1", "LAMP", 8, ""))
    assert folder.allocated()[1] == [("o1", "LAMP", "5", "b1"), ("o2", "LAMP", "3", "b1")]


def test_an_allocation_that_was_taken_out_by_hand_gives_its_stock_back(folder):
    folder.batches(("b1", "LAMP", 5, ""))
    folder.orders(("o1", "LAMP", 5))
    folder.allocated()
    folder.write("allocations.csv", ALLOCATIONS, [])
    folder.orders(("o2", "LAMP", 5))
    assert folder.allocated()[1] == [("o2", "LAMP", "5", "b1")]


def test_without_its_own_folder_it_continues_from_the_two_files(folder):
    folder.batches(("b1", "LAMP", 5, ""), ("b2", "LAMP", 5, ""))
    folder.orders(("o1", "LAMP", 5))
    folder.allocated()
    for leftover in (folder.path / ".gangway").iterdir():
        leftover.unlink()
    (folder.path / ".gangway").rmdir()
    folder.orders(("o1", "LAMP", 5), ("o2", "LAMP", 5))
    assert folder.allocated()[1] == [("o1", "LAMP", "5", "b1"), ("o2", "LAMP", "5", "b2")]


@pytest.mark.parametrize("style", ["excel", "unix", "mark", "no end", "other order", "blank rows"])
def test_files_as_spreadsheets_write_them(folder, style):
    orders = 'orderid,sku,qty\n17,"LAMP, brass",2\n"o ""2""","LAMP, brass",3\n'
    batches = 'ref,sku,qty,eta\n"b,1","LAMP, brass",5,\n'
    if style == "excel":
        orders, batches = orders.replace("\n", "\r\n"), batches.replace("\n", "\r\n")
    if style == "mark":
        orders, batches = "\ufeff" + orders, "\ufeff" + batches
    if style == "no end":
        orders, batches = orders.rstrip("\n"), batches.rstrip("\n")
    if style == "other order":
        orders = 'qty,note,orderid,sku\n2,,17,"LAMP, brass"\n3,"two\nlines","o ""2""","LAMP, brass"\n'
        batches = 'eta,qty,sku,ref\n,5,"LAMP, brass","b,1"\n'
    if style == "blank rows":
        orders, batches = orders + "\n,,\n\n", batches + ",,,\n\n"
    (folder.path / "orders.csv").write_text(orders, encoding="utf-8", newline="")
    (folder.path / "batches.csv").write_text(batches, encoding="utf-8", newline="")
    assert folder.allocated()[1] == [("17", "LAMP, brass", "2", "b,1"), ('o "2"', "LAMP, brass", "3", "b,1")]
    assert folder.allocated()[1] == [("17", "LAMP, brass", "2", "b,1"), ('o "2"', "LAMP, brass", "3", "b,1")]


def test_a_wrong_order_line_is_reported_with_its_line_and_the_others_are_allocated(folder):
    folder.batches(("b1", "LAMP", 10, ""))
    (folder.path / "orders.csv").write_text(
        "orderid,sku,qty\no1,LAMP,1\no2,NOPE,1\no3,LAMP,ten\no4,LAMP\no5,LAMP,1,1\n"
        'o6,"LAMP"x,1\no7,LAMP,"1\no8,LAMP,0\no9,LAMP,2\n'
    )
    result, allocations = folder.allocated()
    assert allocations == [("o1", "LAMP", "1", "b1"), ("o9", "LAMP", "2", "b1")]
    assert counts(result)["refused"] == 7
    for line, words in enumerate(("Invalid sku NOPE", "qty", "found 2", "found 4", "behind a closing quote",
                                  "never closed", "qty"), 3):
        (told,) = [told for told in result.err.splitlines() if told.endswith(f"line={line}")]
        assert words in told


# Faults that no retry cures, with the words that the message must contain.
UNREADABLE_ORDERS = {
    "semicolons": ("orderid;sku;qty\no1;LAMP;1\n", "separated by ';'"),
    "tabs": ("orderid\tsku\tqty\no1\tLAMP\t1\n", "tabs"),
    "other case": ("OrderID,SKU,Qty\no1,LAMP,1\n", "column 1 is 'OrderID'"),
    "blanks": ("orderid, sku, qty\no1,LAMP,1\n", "column 2 is ' sku'"),
    "separator line": ("sep=,\norderid,sku,qty\no1,LAMP,1\n", "sep=,"),
    "missing column": ("orderid,sku\no1,LAMP\n", "no column qty"),
    "column twice": ("orderid,sku,qty,sku\no1,LAMP,1,LAMP\n", "columns 2 and 4"),
    "open quote": ('orderid,sku,"qty\no1,LAMP,1\n', "never closed"),
    "long first row": ("orderid,sku,qty" + "y" * (1 << 20) + "\no1,LAMP,1\n", "too long"),
    "CR alone": ("orderid,sku,qty\ro1,LAMP,1\r", "CR alone"),
    "UTF-16": ("orderid,sku,qty\no1,LAMP,1\n".encode("utf-16"), "UTF-16"),
    "UTF-16 without mark": ("orderid,sku,qty\no1,LAMP,1\n".encode("utf-16-le"), "UTF-16"),
    "spreadsheet": (b"PK\x03\x04" + bytes(200), "ZIP"),
}


@pytest.mark.parametrize("name", UNREADABLE_ORDERS)
def test_an_unreadable_orders_file_is_refused_once_as_a_whole(folder, name):
    content, words = UNREADABLE_ORDERS[name]
    folder.batches(("b1", "LAMP", 10, ""))
    (folder.path / "orders.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    result = folder.allocate(timeout=20)
    assert result.status == STATUS_FAILED, result
    (line,) = result.err.splitlines()
    assert "orders.csv: line 1: " in line and words in line, result
    assert not (folder.path / "allocations.csv").exists()


@pytest.mark.parametrize("name", ["semicolons", "CR alone", "open quote"])
def test_run_and_check_refuse_an_unreadable_file_for_the_same_reason(folder, name):
    content, words = UNREADABLE_ORDERS[name]
    (folder.gateway.folder / "orders.csv").write_text(content, newline="")
    folder.gateway.write_config(
        "repository: {plugin: memory_repository}\n"
        "entrypoints: {orders: {plugin: csv_reader, path: orders.csv, command: Allocate}}\n"
    )
    checked = folder.gateway.call("check", folder.gateway.config, "--format", "json")
    assert checked.status == STATUS_FAILED, checked
    (finding,) = [row for row in checked.table() if row["component"] == "orders"]
    assert finding["result"] == "failed" and finding["finding"].startswith("line 1: ") and words in finding["finding"]
    result = folder.gateway.call("run", folder.gateway.config, timeout=20)
    assert result.status == STATUS_FAILED, result
    assert result.summary()["received"] == 0
    (record,) = logged(result.err, CODE.WORKER_STOPPED, words)
    assert record["component"] == "orders"


def test_one_unreadable_file_does_not_stop_the_other_inputs(folder):
    gateway = folder.gateway
    (gateway.folder / "orders.csv").write_text("orderid;sku;qty\n")
    gateway.commands.write_text('{"type": "CreateBatch", "ref": "b1", "sku": "LAMP", "qty": 1}\n')
    gateway.write_config(
        "repository: {plugin: memory_repository}\n"
        "entrypoints:\n"
        "  orders: {plugin: csv_reader, path: orders.csv, command: Allocate}\n"
        "  commands: {plugin: jsonl_reader, path: commands.jsonl}\n"
    )
    result = gateway.call("run", gateway.config, timeout=20)
    assert result.status == STATUS_FAILED and result.summary()["applied"] == 1, result


def test_unused_cells_may_contain_anything(folder):
    folder.batches(("b1", "LAMP", 10, ""))
    (folder.path / "orders.csv").write_bytes(
        b"orderid,note,sku,note,qty,gr\xf6\xdfe,\no1,\xfc,LAMP,x,1,\xff,\no2,,LAMP,,2,,\no3,,L\xe4mp,,1,,\n"
    )
    result, allocations = folder.allocated()
    assert allocations == [("o1", "LAMP", "1", "b1"), ("o2", "LAMP", "2", "b1")]
    (told,) = [line for line in result.err.splitlines() if line.endswith("line=4")]
    assert "sku" in told and "UTF-8" in told


SHOP = "Order No,Article number,Pieces,sku\n1001,LAMP,2,internal\n1002,LAMP,9,internal\n"


def columns_config(columns):
    return (
        "repository: {plugin: csv_repository, path: stock}\n"
        "entrypoints:\n"
        "  orders:\n"
        "    plugin: csv_reader\n"
        "    path: orders.csv\n"
        "    command: Allocate\n"
        f"    columns: {columns}\n"
    )


def test_a_file_as_a_shop_exports_it_is_read_by_its_own_column_names(folder):
    gateway = folder.gateway
    folder.batches(("b1", "LAMP", 10, ""))
    (gateway.folder / "stock").symlink_to(folder.path)
    (gateway.folder / "orders.csv").write_text(SHOP)
    gateway.write_config(columns_config("{orderid: Order No, sku: Article number, qty: Pieces}"))
    assert gateway.call("lint", gateway.config).status == STATUS_OK
    result = gateway.call("run", gateway.config)
    assert result.status == STATUS_OK and result.summary()["applied"] == 2, result
    assert folder.allocations() == [("1001", "LAMP", "2", "b1")]


@pytest.mark.parametrize(
    "columns, words",
    [
        ("{orderId: Order No}", "orderId"),
        ("{orderid: Order No, sku: Order No}", "same column"),
        ("{orderid: ''}", "orderid"),
    ],
)
def test_lint_refuses_invalid_columns(folder, columns, words):
    folder.gateway.write_config(columns_config(columns))
    result = folder.gateway.call("lint", folder.gateway.config)
    assert result.status == STATUS_CONFIG and words in result.err, result


@pytest.mark.parametrize(
    "batches, line, words",
    [
        ("ref,sku,qty\nb1,LAMP,1\n", 1, "expected ref,sku,qty,eta"),
        ("ref;sku;qty;eta\nb1;LAMP;1;\n", 1, "separated by ';'"),
        ('"ref";"sku";"qty";"eta"\n"b1";"LAMP";1;\n', 1, "separated by ';'"),
        ("Ref,SKU,Qty,ETA\nb1,LAMP,1,\n", 1, "column 1 is 'Ref'"),
        ("", 1, "is empty"),
        ("\ufeff\r\n,,,\r\n", 1, "is empty"),
        ("ref,sku,qty,eta\rb1,LAMP,1,\r", 1, "CR alone"),
        ("\ufeffref,sku,qty,eta\nb1,LAMP,1,\n".encode("utf-16-le"), 1, "UTF-16"),
        ("ref,sku,qty,eta\nb1,L\xe4mp,1,\n".encode("latin-1"), 2, "sku: expected UTF-8"),
        ("ref,sku,qty,eta,note\nb1,LAMP,1,,x\n", 1, "expected ref,sku,qty,eta"),
        ("ref,sku,qty,eta\nb1,LAMP,1,\nb2,LAMP,-1,\n", 3, 'qty: expected a whole number from 0 to 2147483647; found "-1"'),
        ("ref,sku,qty,eta\nb1,LAMP,1.0,\n", 2, "qty: expected a whole number"),
        ("ref,sku,qty,eta\nb1,LAMP,1,tomorrow\n", 2, "eta: expected a date such as 2026-12-24"),
        ("ref,sku,qty,eta\nb1,LAMP,1,2027-02-29\n", 2, "eta: expected a date"),
        ("ref,sku,qty,eta\nb1,,1,\n", 2, "sku: expected 1 to 255 bytes"),
        ("ref,sku,qty,eta\nb1,LAMP,1\n", 2, "expected 4 cells"),
        ("ref,sku,qty,eta\nb1,LAMP,1,\nb2,LAMP,1,\nb1,VASE,1,\n", 4, "the same as line 2"),
        ('ref,sku,qty,eta\nb1,"LAMP,1,\n', 2, "never closed"),
        ('ref,sku,qty,eta\nb1,5" LAMP,1,\n', 2, "a quote inside a cell"),
    ],
)
def test_a_wrong_row_of_batches_is_refused_with_its_line_and_nothing_happens(folder, batches, line, words):
    (folder.path / "batches.csv").write_bytes(batches if isinstance(batches, bytes) else batches.encode())
    folder.orders(("o1", "LAMP", 1))
    result = folder.allocate()
    assert result.status in (STATUS_FAILED, STATUS_CONFIG), result
    assert f"batches.csv:{line}: " in result.err and words in result.err, result
    assert not (folder.path / "allocations.csv").exists()


@pytest.mark.parametrize(
    "allocation, words",
    [
        (("o1", "LAMP", 1, "b9"), 'batchref: expected a batch that is in batches.csv; found "b9"'),
        (("o1", "VASE", 1, "b1"), "sku: expected LAMP"),
        (("o1", "LAMP", 0, "b1"), "qty: expected a whole number from 1"),
    ],
)
def test_an_invalid_allocation_is_refused_with_its_line(folder, allocation, words):
    folder.batches(("b1", "LAMP", 5, ""))
    folder.orders(("o2", "LAMP", 1))
    folder.write("allocations.csv", ALLOCATIONS, [allocation])
    result = folder.allocate()
    assert result.status != STATUS_OK
    assert "allocations.csv:2: " in result.err and words in result.err, result


def test_a_batch_smaller_than_what_it_serves_is_refused_with_its_line(folder):
    folder.batches(("b1", "LAMP", 5, ""), ("b2", "LAMP", 5, ""))
    folder.orders(("o1", "LAMP", 5), ("o2", "LAMP", 4))
    folder.allocated()
    before = (folder.path / "allocations.csv").read_bytes()
    folder.batches(("b1", "LAMP", 5, ""), ("b2", "LAMP", 3, ""))
    result = folder.allocate()
    assert result.status != STATUS_OK
    assert "batches.csv:3: qty: expected at least the 4" in result.err, result
    assert (folder.path / "allocations.csv").read_bytes() == before


@pytest.mark.parametrize("missing", ["", "batches.csv", "orders.csv"])
def test_missing_files_are_reported_at_once(folder, missing):
    folder.batches(("b1", "LAMP", 5, ""))
    folder.orders(("o1", "LAMP", 5))
    if missing:
        (folder.path / missing).unlink()
    else:
        folder.path = folder.path / "nowhere"
    result = folder.allocate(timeout=20)
    assert result.status == STATUS_FAILED, result
    assert str(folder.path / missing) in result.err and "expected" in result.err
    assert not (folder.path / ".gangway").exists()


# A release build has no places to be killed at.
if b"GANGWAY_FAULT" in binary().read_bytes():

    @pytest.mark.parametrize("step", ["before-apply:2", "after-apply:2", "after-deliver:1"])
    def test_after_a_kill_in_the_middle_the_next_run_ends_in_the_same_state(folder, step):
        folder.batches(("b1", "LAMP", 1500, ""), ("b2", "LAMP", 1000, "2027-01-01"))
        folder.orders(*((f"o{number}", "LAMP", 1) for number in range(3000)))
        result = folder.allocate(env={"GANGWAY_FAULT": f"{step}:kill"})
        assert result.status == -9, result
        _, allocations = folder.allocated()
        assert allocations == [(f"o{n}", "LAMP", "1", "b1" if n < 1500 else "b2") for n in range(2500)]

    @pytest.mark.parametrize("name, content", [("batches.csv", b"ref;sku;qty;eta\n"), ("orders.csv", None)])
    def test_a_file_that_becomes_invalid_ends_it(folder, name, content):
        folder.batches(("b1", "LAMP", 5000, ""))
        folder.orders(*((f"o{number}", "LAMP", 1) for number in range(3000)))
        step = "before-apply:2" if content else "check:1"
        process = folder.gateway.start("allocate-csv", folder.path, env={"GANGWAY_FAULT": f"{step}:stop"},
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        if content:
            (folder.path / name).write_bytes(content)
        else:
            (folder.path / name).unlink()
        process.send_signal(signal.SIGCONT)
        _, err = process.communicate(timeout=20)
        assert process.returncode == STATUS_FAILED, err
        assert name.encode() in err, err


def test_without_a_folder_it_prints_its_usage(folder):
    result = folder.gateway.call("allocate-csv")
    assert result.status == STATUS_USAGE
    assert "allocate-csv FOLDER" in result.err


def without_privilege():
    """Removes root's privilege to ignore the permissions of files."""
    return ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []


def test_a_folder_that_nobody_may_write_to_is_refused(folder):
    folder.batches(("b1", "LAMP", 5, ""))
    folder.orders(("o1", "LAMP", 5))
    folder.path.chmod(0o555)
    try:
        result = folder.allocate(timeout=20, under=without_privilege())
    finally:
        folder.path.chmod(0o755)
    assert result.status in (STATUS_FAILED, STATUS_CONFIG), result
    assert str(folder.path) in result.err and "Permission denied" in result.err


def test_a_folder_that_another_process_uses_is_refused(folder):
    folder.batches(("b1", "LAMP", 5, ""))
    folder.orders(("o1", "LAMP", 5))
    folder.gateway.write_config(
        f"repository: {{plugin: csv_repository, path: {folder.path}}}\n"
        "entrypoints: {commands: {plugin: jsonl_reader, path: commands.jsonl, follow: true}}\n"
    )
    process = folder.gateway.start("run", folder.gateway.config)
    while not (folder.path / ".gangway" / "counters.csv").exists():
        assert process.poll() is None
    result = folder.allocate(timeout=20)
    assert result.status == STATUS_CONFIG, result
    assert f"{folder.path} is in use by process {process.pid}" in result.err


def model_of(batches, orders):
    model = reference.Model()
    for ref, sku, qty, eta in batches:
        eta = f', "eta": "{eta}"' if eta else ""
        model.feed([f'{{"type": "CreateBatch", "ref": "{ref}", "sku": "{sku}", "qty": {qty}{eta}}}\n'.encode()])
    for orderid, sku, qty in orders:
        model.feed([f'{{"type": "Allocate", "orderid": "{orderid}", "sku": "{sku}", "qty": {qty}}}\n'.encode()])
    return model


def test_thousands_of_orders_in_several_runs_end_as_the_model_says(folder):
    choose = random.Random(5)
    skus = [f"SKU-{number}" for number in range(50)]
    etas = ["", "2027-01-01", "2027-02-01", "2027-03-01"]
    batches = [(f"b{n}", choose.choice(skus), choose.randint(0, 60), choose.choice(etas)) for n in range(300)]
    orders = [(f"o{n}", choose.choice(skus), choose.randint(1, 12)) for n in range(3000)]
    folder.batches(*batches)
    for end in (1000, 2000, 3000):
        folder.orders(*orders[:end])
        _, allocations = folder.allocated()
        # What ran out is asked for again by every run, and stays out of stock: no batch was added.
        model = model_of(batches, orders[:end])
        found = {}
        for orderid, _, qty, ref in allocations:
            found.setdefault(ref, []).append((orderid, int(qty)))
        assert found == {ref: lines for ref, lines in model.lines_by_batch().items() if lines}

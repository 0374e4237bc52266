"""The sample county's lists as banks would really send them: odd encodings, headers, datums, slips of the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import geopandas as gpd
import pandas as pd
import pyproj
import shapely

from gridpart._typing import FloatArray
from gridpart.geo import wgs84_to_gcj02
from gridpart.project.sample.county import SampleTables
from gridpart.project.sample.outline import CRS

Treatment = Literal["kept", "repaired", "rejected"]
Encoding = Literal["gbk", "utf-8-sig", "utf-16", "xlsx"]

_OUTLET_HEADER = ("机构号", "所属银行", "网点名称", "网点类型", "网点地址", "经度", "纬度", "开业日期")
_EQUIPMENT_HEADER = ("设备编号", "所属银行", "管理网点", "设备类型", "设备状态", "设备名称", "经度", "纬度")
_STAFF_HEADER = ("工号", "姓名", "岗位", "专兼职", "所属银行", "所属网点", "网格编号", "主管工号", "职责", "手机号码")
_OUTLET_KINDS = {"main_branch": "营业部", "branch": "支行", "sub_branch": "分理处", "self_service_bank": "自助银行"}
_EQUIPMENT_KINDS = {
    "atm": "ATM",
    "pos": "POS机",
    "service_point": "助农取款服务点",
    "transfer_phone": "转账电话",
    "self_service_terminal": "自助终端",
    "mobile_reader": "卡乐付",
}
BANK_VARIANTS = {"岚泽农村商业银行": "LZRCB", "岚泽农商银行": "LZRCB", "岚泽县农商行": "LZRCB"}
"""Names that banks go by in the files beside their short names."""

_FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")


@dataclass(frozen=True)
class Slip:
    """
    One planted fault of a messy file.

    Attributes
    ----------
    file, line, column
        Where: line as an editor or sheet counts it; column as the header calls it, or "" for the whole line.
    value
        What stands there.
    problem
        What is wrong with it.
    treatment
        What becomes of the row: kept as it is, repaired (a value was changed; before and after are reported),
        or rejected.
    remedy
        How.
    """

    file: str
    line: int
    column: str
    value: str
    problem: str
    treatment: Treatment
    remedy: str


@dataclass
class MessyFile:
    """
    One file as a bank sends it.

    Attributes
    ----------
    name
        File name.
    kind
        Which table it holds: "outlets", "equipment" or "staff".
    encoding
        How it is written.
    datum
        What its longitudes and latitudes are in.
    delimiter
        Between values, for text files.
    lines
        All lines of cells, titles and header included.
    n_above
        Lines above the first row of data.
    slips
        The faults planted in it.
    """

    name: str
    kind: Literal["outlets", "equipment", "staff"]
    encoding: Encoding
    datum: Literal["cgcs2000", "gcj02", "none"]
    delimiter: str
    lines: list[list[str]]
    n_above: int
    slips: list[Slip] = field(default_factory=list)

    def spoil(self, row: int, change: tuple[str, str], *, problem: str, treatment: Treatment, remedy: str) -> None:
        """Put a wrong value (column, value) into a row of data and list it."""
        column, value = change
        header = self.lines[self.n_above - 1]
        self.lines[self.n_above + row][header.index(column)] = value
        self._list(row, column, value, problem=problem, treatment=treatment, remedy=remedy)

    def append(self, cells: Sequence[str], *, problem: str, treatment: Treatment, remedy: str) -> None:
        """Add a line that should not be there and list it."""
        self.lines.append(list(cells))
        row = len(self.lines) - self.n_above - 1
        self._list(row, "", " | ".join(cells[:3]), problem=problem, treatment=treatment, remedy=remedy)

    def cells(self, row: int) -> dict[str, str]:
        """Return a row of data by column."""
        return dict(zip(self.lines[self.n_above - 1], self.lines[self.n_above + row], strict=True))

    def _list(self, row: int, column: str, value: str, *, problem: str, treatment: Treatment, remedy: str) -> None:
        line = self.n_above + row + 1
        self.slips.append(Slip(self.name, line, column, value, problem, treatment, remedy))


def messy_files(tables: SampleTables) -> list[MessyFile]:
    """
    Return the files that the banks of the sample county send.

    Parameters
    ----------
    tables
        From `sample_tables`.

    Returns
    -------
    files
        Five lists of outlets, one of equipment, one of staff; every slip is listed in its file.
    """
    makers: list[Callable[[SampleTables], MessyFile]] = [_lzrcb, _ylsb, _jyb, _lhb, _clvb, _equipment, _staff]
    return [make(tables) for make in makers]


def degrees(points: gpd.GeoSeries) -> FloatArray:
    """
    Return longitudes and latitudes in CGCS2000.

    Parameters
    ----------
    points
        In the CRS of the sample.

    Returns
    -------
    lon_lat
        Degrees, shape (n_points, 2).
    """
    x, y = shapely.get_coordinates(points.array).T
    lon, lat = pyproj.Transformer.from_crs(CRS, "EPSG:4490", always_xy=True).transform(x, y)
    return pd.DataFrame({"lon": lon, "lat": lat}).to_numpy()


def _outlet_lines(
    tables: SampleTables, bank_id: str, *, gcj02: bool = False, dates: str = "%Y-%m-%d"
) -> list[list[str]]:
    outlets = tables.outlets[tables.outlets["bank_id"] == bank_id]
    lon, lat = degrees(outlets.geometry).T
    if gcj02:
        lon, lat = wgs84_to_gcj02(lon, lat)
    bank = tables.banks.set_index("bank_id").loc[bank_id, "short_name"]
    columns = [
        outlets["outlet_id"],
        [bank] * len(outlets),
        outlets["name"],
        outlets["kind"].map(_OUTLET_KINDS),
        outlets["address"],
        [f"{value:.7f}" for value in lon],
        [f"{value:.7f}" for value in lat],
        outlets["valid_from"].dt.strftime(dates),
    ]
    return [list(_OUTLET_HEADER), *[[str(cell) for cell in row] for row in zip(*columns, strict=True)]]


def _lzrcb(tables: SampleTables) -> MessyFile:
    file = MessyFile("lzrcb_outlets.csv", "outlets", "gbk", "cgcs2000", ",", _outlet_lines(tables, "LZRCB"), 1)
    remedy = "mapped by an alias given for the bank; the file's report says so"
    problem = "variant of the bank's name"
    for row, variant in ((3, "岚泽农村商业银行"), (9, "岚泽农商银行")):
        file.spoil(row, ("所属银行", variant), problem=problem, treatment="kept", remedy=remedy)
    problem, remedy = "variant of the bank's name, and a blank at the end", "the blank is cut off, the name mapped"
    file.spoil(17, ("所属银行", "岚泽县农商行 "), problem=problem, treatment="repaired", remedy=remedy)
    name = file.cells(5)["网点名称"] + "   "
    file.spoil(5, ("网点名称", name), problem="blanks at the end", treatment="repaired", remedy="blanks are cut off")
    wide = file.cells(12)["经度"].translate(_FULL_WIDTH)
    remedy = "read as plain digits"
    file.spoil(12, ("经度", wide), problem="full-width digits", treatment="repaired", remedy=remedy)
    again = list(file.lines[file.n_above + 20])
    file.append(again, problem="the same row twice", treatment="rejected", remedy="kept once, the repeat named")
    total = ["合计", "38家", *[""] * (len(_OUTLET_HEADER) - 2)]
    file.append(total, problem="a total, not an outlet", treatment="rejected", remedy="left out as a total row")
    return file


def _ylsb(tables: SampleTables) -> MessyFile:
    lines = _outlet_lines(tables, "YLSB", gcj02=True, dates="%Y/%m/%d")
    file = MessyFile("ylsb_outlets_gcj02.csv", "outlets", "utf-8-sig", "gcj02", ",", lines, 1)
    cells = file.cells(4)
    swapped = list(file.lines[file.n_above + 4])
    place = _OUTLET_HEADER.index("经度")
    swapped[place], swapped[place + 1] = cells["纬度"], cells["经度"]
    file.lines[file.n_above + 4] = swapped
    remedy = "named as latitude, longitude; never swapped without being asked"
    file.spoil(
        4, ("经度", cells["纬度"]), problem="longitude and latitude swapped", treatment="rejected", remedy=remedy
    )
    remedy = "an outlet without a place cannot be used"
    file.lines[file.n_above + 11][place + 1] = ""
    file.spoil(11, ("经度", ""), problem="coordinates missing", treatment="rejected", remedy=remedy)
    return file


def _jyb(tables: SampleTables) -> MessyFile:
    titles = [["钧岳银行岚泽支行网点清单"], ["填报日期：2025年12月31日", "", "单位：家"]]
    lines = [*titles, *_outlet_lines(tables, "JYB")]
    file = MessyFile("jyb_outlets.xlsx", "outlets", "xlsx", "cgcs2000", "", lines, 3)
    remedy = "read as day, month and year"
    value = file.cells(6)["开业日期"].replace("-", ".")
    file.spoil(6, ("开业日期", value), problem="date with full stops", treatment="kept", remedy=remedy)
    remedy = "an id is needed; the row is named"
    file.spoil(7, ("机构号", ""), problem="branch number missing", treatment="rejected", remedy=remedy)
    total = ["合计", "", "9", *[""] * (len(_OUTLET_HEADER) - 3)]
    file.append(total, problem="a total, not an outlet", treatment="rejected", remedy="left out as a total row")
    return file


def _lhb(tables: SampleTables) -> MessyFile:
    lines = _outlet_lines(tables, "LHB")
    file = MessyFile("lhb_outlets_unicode.txt", "outlets", "utf-16", "cgcs2000", "\t", lines, 1)
    for column in ("经度", "纬度"):
        value = _sexagesimal(float(file.cells(2)[column]))
        remedy = "read as degrees, minutes and seconds"
        file.spoil(2, (column, value), problem="degrees, minutes, seconds", treatment="repaired", remedy=remedy)
    file.lines[file.n_above + 5][_OUTLET_HEADER.index("纬度")] = "0"
    file.spoil(
        5, ("经度", "0"), problem="0, 0 instead of a place", treatment="rejected", remedy="named as a placeholder"
    )
    return file


def _sexagesimal(value: float) -> str:
    seconds = round(value * 3600, 2)
    minutes, second = divmod(seconds, 60)
    degree, minute = divmod(int(minutes), 60)
    return f"{degree}°{minute:02d}′{second:05.2f}″"


def _clvb(tables: SampleTables) -> MessyFile:
    file = MessyFile("clvb_outlets.csv", "outlets", "gbk", "cgcs2000", ",", _outlet_lines(tables, "CLVB"), 1)
    remedy = "kept with a blank kind, reported"
    file.spoil(3, ("网点类型", "流动服务车"), problem="unknown kind", treatment="repaired", remedy=remedy)
    remedy = "digits lost in a spreadsheet cannot be restored"
    file.spoil(5, ("机构号", "1.0006E+04"), problem="number in powers of ten", treatment="rejected", remedy=remedy)
    return file


def _equipment(tables: SampleTables) -> MessyFile:
    equipment = tables.equipment
    bank = equipment["bank_id"].map(tables.banks.set_index("bank_id")["short_name"])
    lon, lat = degrees(equipment.geometry).T
    columns = [
        equipment["equipment_id"],
        bank,
        equipment["outlet_id"],
        equipment["kind"].map(_EQUIPMENT_KINDS),
        equipment["status"].map({"active": "在用", "closed": "停用"}),
        equipment["name"],
        [f"{value:.7f}" for value in lon],
        [f"{value:.7f}" for value in lat],
    ]
    lines = [list(_EQUIPMENT_HEADER), *[[str(cell) for cell in row] for row in zip(*columns, strict=True)]]
    file = MessyFile("equipment.csv", "equipment", "gbk", "cgcs2000", ",", lines, 1)
    remedy = "only the six kinds are equipment of a grid"
    file.spoil(200, ("设备类型", "点钞机"), problem="unknown kind", treatment="rejected", remedy=remedy)
    remedy = "whether it works must be known"
    file.spoil(333, ("设备状态", "待定"), problem="unknown status", treatment="rejected", remedy=remedy)
    value = file.cells(501)["设备编号"]
    remedy = "both rows are named: nobody can tell which one is right"
    for row in (501, 502):
        file.spoil(row, ("设备编号", value), problem="one number for two machines", treatment="rejected", remedy=remedy)
    return file


def _staff(tables: SampleTables) -> MessyFile:
    staff = tables.staff
    bank = staff["bank_id"].map(tables.banks.set_index("bank_id")["short_name"])
    columns = [
        staff["staff_id"],
        staff["name"],
        staff["role"].map({"officer": "网格员", "manager": "网格长"}),
        staff["employment_type"].map({"full_time": "专职", "part_time": "兼职"}),
        bank,
        staff["outlet_id"],
        staff["cell_id"].fillna(""),
        staff["manager_id"].fillna(""),
        staff["duties"],
        ["未提供"] * len(staff),
    ]
    lines = [list(_STAFF_HEADER), *[[str(cell) for cell in row] for row in zip(*columns, strict=True)]]
    file = MessyFile("staff.xlsx", "staff", "xlsx", "none", "", lines, 1)
    remedy = "officer or manager must be known"
    file.spoil(60, ("岗位", "顾问"), problem="unknown role", treatment="rejected", remedy=remedy)
    remedy = "blanks are cut off"
    value = "  " + file.cells(90)["所属网点"] + " "
    file.spoil(90, ("所属网点", value), problem="blanks around the number", treatment="repaired", remedy=remedy)
    return file

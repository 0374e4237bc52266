"""
Names of the invented county: Chinese characters with their pinyin, put together by chance.

No list of real places was used. Common syllables make common names, so a village may share its name with a real one
somewhere; codes, county and banks exist nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

COUNTY_CODE = "429971"
"""Looks like a county code of GB/T 2260; prefecture 99 and county 71 do not exist there."""


@dataclass(frozen=True)
class Name:
    """A Chinese name and the English one beside it."""

    chinese: str
    english: str


@dataclass(frozen=True)
class Bank:
    """An invented bank."""

    bank_id: str
    name: Name
    short: Name


COUNTY = Name("岚泽县", "Lanze County")

BANKS = (
    Bank("CLVB", Name("岚泽春垄村镇银行", "Lanze Chunlong Village Bank"), Name("春垄村镇银行", "Chunlong")),
    Bank("JYB", Name("钧岳银行岚泽支行", "Junyue Bank, Lanze Branch"), Name("钧岳银行", "Junyue")),
    Bank("LHB", Name("澜衡商业银行岚泽支行", "Lanheng Commercial Bank, Lanze Branch"), Name("澜衡银行", "Lanheng")),
    Bank("LZRCB", Name("岚泽农村商业银行", "Lanze Rural Commercial Bank"), Name("岚泽农商行", "Lanze RCB")),
    Bank("YLSB", Name("驿路储蓄银行岚泽支行", "Yilu Savings Bank, Lanze Branch"), Name("驿路储蓄", "Yilu")),
)

_TOWN = Name("岚城街道", "Lancheng Subdistrict")

_FIRST = (
    "云yun 青qing 石shi 白bai 龙long 清qing 双shuang 金jin 玉yu 松song 柏bai 桃tao 梅mei 竹zhu 枫feng 柳liu 长chang "
    "永yong 太tai 平ping 福fu 明ming 望wang 仙xian 凤feng 鹤he 鹿lu 虎hu 荷he 莲lian 杏xing 茶cha 横heng 紫zi 寒han "
    "碧bi 高gao 大da 新xin 三san 五wu 七qi 九jiu 花hua 朝chao 东dong 南nan 西xi 北bei 上shang 下xia 沙sha 泉quan"
)
_SECOND = (
    "溪xi 河he 泉quan 潭tan 港gang 桥qiao 渡du 坪ping 岭ling 坡po 岗gang 垭ya 冲chong 湾wan 洲zhou 沟gou 峪yu 塘tang "
    "堰yan 井jing 垸yuan 林lin 田tian 坝ba 口kou 铺pu 店dian 集ji 寨zhai 堡bu 庙miao 场chang 台tai 畈fan 墩dun 咀zui"
)
_SURNAME = (
    "王wang 李li 张zhang 刘liu 陈chen 杨yang 黄huang 赵zhao 周zhou 吴wu 徐xu 孙sun 胡hu 朱zhu 高gao 何he 郭guo 马ma "
    "罗luo 梁liang 宋song 郑zheng 谢xie 韩han 唐tang 冯feng 董dong 程cheng 曹cao 袁yuan 邓deng 许xu 傅fu 沈shen "
    "曾zeng 彭peng 吕lyu 苏su 卢lu 蒋jiang 蔡cai 贾jia 丁ding 魏wei 薛xue 叶ye 余yu 潘pan 杜du 戴dai 夏xia 钟zhong "
    "汪wang 田tian 任ren 姜jiang 范fan 方fang 石shi 姚yao 谭tan 廖liao 邹zou 熊xiong 金jin 陆lu 郝hao 孔kong 白bai"
)
_HAMLET = (
    "家湾jiawan 家冲jiachong 家岭jialing 家畈jiafan 家坡jiapo 家河jiahe 家桥jiaqiao 家店jiadian 家台jiatai 家垸jiayuan "
    "家岗jiagang 家塝jiabang 家大湾jiadawan 家铺jiapu 家庙jiamiao 家咀jiazui"
)
_CITY = (
    "文昌wenchang 迎春yingchun 建设jianshe 朝阳chaoyang 解放jiefang 人民renmin 和平heping 幸福xingfu 光明guangming "
    "新华xinhua 兴隆xinglong 繁荣fanrong 向阳xiangyang 园林yuanlin 鼓楼gulou 书院shuyuan 望湖wanghu 滨河binhe "
    "城隍chenghuang 钟楼zhonglou 学府xuefu 锦绣jinxiu 桂花guihua 百花baihua 车站chezhan 体育tiyu 金桥jinqiao "
    "民主minzhu 团结tuanjie 丽景lijing 湖滨hubin 翠园cuiyuan 白塔baita 状元zhuangyuan"
)


def syllables(text: str) -> list[tuple[str, str]]:
    """
    Split a legend such as ``"云yun 家湾jiawan"`` into characters and pinyin.

    Parameters
    ----------
    text
        Entries set apart by blanks, characters first.

    Returns
    -------
    pairs
        Characters and pinyin of each entry.
    """
    pairs = []
    for entry in text.split():
        split = next(place for place, letter in enumerate(entry) if letter.isascii())
        pairs.append((entry[:split], entry[split:]))
    return pairs


@dataclass(frozen=True)
class UnitNames:
    """
    Names and codes of every unit and township.

    Attributes
    ----------
    unit_ids
        Twelve digits: county 6, township 3, unit 3, shape (n_units,).
    units
        Names of the units.
    township_ids
        Nine digits, by township number.
    townships
        Names by township number.
    """

    unit_ids: tuple[str, ...]
    units: tuple[Name, ...]
    township_ids: tuple[str, ...]
    townships: tuple[Name, ...]


def name_units(township: Sequence[int], *, n_townships: int, rng: np.random.Generator) -> UnitNames:
    """
    Invent codes and names.

    Parameters
    ----------
    township
        Township number of each unit, ascending; 0 is the town.
    n_townships
        Number of rural townships.
    rng
        Source of chance.

    Returns
    -------
    names
        Township codes 001 for the town's subdistrict, from 100 for towns, from 200 for townships; unit codes from 001
        for communities, from 201 for villages. All names differ.
    """
    places = _place_names(rng)
    codes = [COUNTY_CODE + "001"]
    townships = [_TOWN]
    n_small = max(1, n_townships * 3 // 10)
    for number in range(n_townships):
        chinese, pinyin = next(places)
        small = number >= n_townships - n_small
        codes.append(f"{COUNTY_CODE}{200 + number - n_townships + n_small if small else 100 + number}")
        kind = ("乡", "Township") if small else ("镇", "Town")
        townships.append(Name(chinese + kind[0], f"{pinyin} {kind[1]}"))
    villages = _village_names(places, rng)
    communities = _shuffled(syllables(_CITY), rng)
    units, ids, used = [], [], dict.fromkeys(range(n_townships + 1), 0)
    for number in township:
        used[number] += 1
        chinese, pinyin = next(communities) if number == 0 else next(villages)
        kind = ("社区", "Community") if number == 0 else ("村", "Village")
        units.append(Name(chinese + kind[0], f"{pinyin} {kind[1]}"))
        ids.append(f"{codes[number]}{used[number] if number == 0 else 200 + used[number]:03d}")
    return UnitNames(tuple(ids), tuple(units), tuple(codes), tuple(townships))


def _shuffled(pairs: Sequence[tuple[str, str]], rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    return iter([(pairs[row][0], pairs[row][1].capitalize()) for row in rng.permutation(len(pairs))])


def _place_names(rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """Yield names of two syllables such as 青溪, none twice, no syllable doubled."""
    firsts, seconds = syllables(_FIRST), syllables(_SECOND)
    pairs = [(a[0] + b[0], a[1] + b[1]) for a in firsts for b in seconds if a[0] != b[0]]
    return _shuffled(pairs, rng)


def _village_names(places: Iterator[tuple[str, str]], rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """Yield names after families and after places by turns, none twice."""
    families = [(a[0] + b[0], a[1] + b[1]) for a in syllables(_SURNAME) for b in syllables(_HAMLET)]
    hamlets = _shuffled(families, rng)
    while True:
        yield next(hamlets) if rng.random() < 0.55 else next(places)

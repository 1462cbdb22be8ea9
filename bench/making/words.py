"""What markets that are made trade in, where, and how their firms and people are called.

Goods, cities, platforms, carriers and characters are others than those of the markets that the trace was tried on.
Commodity codes are those of the Harmonized System.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Good:
    """One kind of goods: what it is called, in which trade it is made, its codes, and what a piece weighs and costs.

    Attributes:
        zh: What it is called, the usual name first.
        industry: How firms that make it are called, in Chinese and in English.
        scope: How the register says what they make.
        kg: The weight of a piece, in kilograms.
    """

    zh: tuple[str, ...]
    en: str
    industry: tuple[tuple[str, str], ...]
    scope: str
    hs: str
    nice: int
    kg: float
    price: float


GOODS = (
    Good(
        ("保温杯", "不锈钢保温杯", "真空杯"),
        "vacuum flasks",
        (("杯业", "Cups"), ("不锈钢制品", "Stainless Steel")),
        "不锈钢制品",
        "9617001100",
        21,
        0.35,
        69,
    ),
    Good(
        ("雨伞", "晴雨伞", "折叠伞"),
        "umbrellas",
        (("伞业", "Umbrella"), ("雨具", "Rainwear")),
        "伞、雨具",
        "6601910000",
        18,
        0.4,
        45,
    ),
    Good(
        ("牛仔裤", "男士牛仔裤"),
        "jeans",
        (("服装", "Garment"), ("制衣", "Clothing")),
        "服装",
        "6203429062",
        25,
        0.6,
        159,
    ),
    Good(
        ("围巾", "羊绒围巾", "披肩"),
        "scarves",
        (("针织", "Knitting"), ("服饰", "Fashion")),
        "针织品、服饰",
        "6214200090",
        25,
        0.2,
        199,
    ),
    Good(
        ("皮带", "真皮腰带", "腰带"),
        "leather belts",
        (("皮具", "Leather Goods"), ("皮件", "Leather")),
        "皮具",
        "4203301090",
        25,
        0.25,
        120,
    ),
    Good(
        ("电钻", "手电钻", "冲击钻"),
        "electric drills",
        (("电动工具", "Power Tools"), ("工具", "Tools")),
        "电动工具",
        "8467210000",
        7,
        1.8,
        239,
    ),
    Good(
        ("蓝牙音箱", "音箱", "便携音响"),
        "bluetooth speakers",
        (("音响", "Audio"), ("电声", "Electro-Acoustic")),
        "音响设备、电子产品",
        "8518220000",
        9,
        0.7,
        189,
    ),
    Good(
        ("路由器", "无线路由器"),
        "routers",
        (("通信设备", "Communication Equipment"), ("通讯", "Telecom")),
        "通信设备",
        "8517623500",
        9,
        0.5,
        149,
    ),
    Good(
        ("碱性电池", "五号电池", "干电池"),
        "alkaline batteries",
        (("电池", "Battery"),),
        "电池",
        "8506101190",
        9,
        0.1,
        25,
    ),
    Good(
        ("轴承", "深沟球轴承", "滚珠轴承"),
        "bearings",
        (("轴承", "Bearing"), ("机械", "Machinery")),
        "轴承、机械零部件",
        "8482102000",
        7,
        0.6,
        38,
    ),
    Good(
        ("机油滤清器", "滤清器", "机滤"),
        "oil filters",
        (("滤清器", "Filter"), ("汽车零部件", "Auto Parts")),
        "汽车零部件",
        "8421230000",
        7,
        0.4,
        35,
    ),
    Good(
        ("刹车片", "制动片"),
        "brake pads",
        (("制动", "Brake"), ("汽配", "Autoparts")),
        "汽车配件",
        "8708301000",
        12,
        1.5,
        129,
    ),
    Good(
        ("电动牙刷", "声波牙刷"),
        "electric toothbrushes",
        (("电器", "Electrical Appliance"), ("口腔护理", "Oral Care")),
        "家用电器、口腔护理用品",
        "8509809000",
        21,
        0.3,
        199,
    ),
    Good(
        ("电吹风", "吹风机", "负离子吹风机"),
        "hair dryers",
        (("电器", "Electric"), ("小家电", "Home Appliance")),
        "家用电器",
        "8516310000",
        11,
        0.6,
        259,
    ),
    Good(
        ("白酒", "浓香型白酒"),
        "baijiu",
        (("酒业", "Liquor"), ("酿酒", "Distillery")),
        "白酒",
        "2208909021",
        33,
        1.1,
        399,
    ),
    Good(("茶叶", "普洱茶", "绿茶"), "tea", (("茶业", "Tea"), ("茶叶", "Tea")), "茶叶", "0902109000", 30, 0.5, 168),
    Good(
        ("奶瓶", "婴儿奶瓶", "宽口奶瓶"),
        "baby bottles",
        (("母婴用品", "Baby Products"), ("硅胶制品", "Silicone Products")),
        "婴童用品、塑料制品",
        "3924100000",
        10,
        0.2,
        79,
    ),
    Good(
        ("积木", "拼装积木", "积木玩具"),
        "building blocks",
        (("益智玩具", "Toys"), ("积木", "Toy Bricks")),
        "玩具",
        "9503006000",
        28,
        0.8,
        129,
    ),
    Good(
        ("挂锁", "防盗锁", "锁具"),
        "padlocks",
        (("锁业", "Locks"), ("锁具", "Lock")),
        "锁具、五金",
        "8301100000",
        6,
        0.5,
        49,
    ),
    Good(
        ("LED灯泡", "灯泡", "球泡灯"),
        "led bulbs",
        (("照明", "Lighting"), ("灯饰", "Lamps")),
        "照明灯具",
        "8539520000",
        11,
        0.1,
        19,
    ),
    Good(
        ("床上四件套", "四件套", "床品套件"),
        "bedding sets",
        (("家纺", "Home Textile"), ("纺织", "Textile")),
        "家用纺织品",
        "6302210090",
        24,
        2.2,
        299,
    ),
    Good(
        ("羽毛球拍", "球拍"),
        "badminton rackets",
        (("体育用品", "Sports Goods"), ("球拍", "Rackets")),
        "体育用品",
        "9506590000",
        28,
        0.4,
        239,
    ),
    Good(
        ("硒鼓", "打印机硒鼓", "碳粉盒"),
        "toner cartridges",
        (("打印耗材", "Printing Consumables"), ("办公设备", "Office Equipment")),
        "打印耗材",
        "8443999090",
        2,
        0.9,
        139,
    ),
    Good(
        ("润滑油", "机油", "发动机油"),
        "engine oil",
        (("润滑油", "Lubricants"), ("石化", "Petrochemical")),
        "润滑油",
        "2710199100",
        4,
        4.0,
        218,
    ),
)
VAGUE = ("配件", "样品", "货物", "杂货", "普货", "产品", "包裹", "日用品")
CITIES = (
    "330100", "330400", "330600", "331000", "330800", "321000", "320400", "320200", "320300", "370200", "370700",
    "370600", "130100", "130500", "130900", "420100", "430100", "430200", "360100", "340100", "340200", "350200",
    "350100", "440500", "440700", "441300", "610100", "210100", "230100", "450100", "530100", "520100",
)  # fmt: skip
"""Codes of the cities that markets are made in."""
ROADS = (
    "人民", "解放", "建业", "学府", "长江", "黄河", "湖滨", "望江", "锦绣", "民生",
    "龙腾", "文昌", "松柏", "青年", "光明", "银杏", "桃源", "五星", "团结", "东风",
    "向阳", "平安", "翠竹", "中兴", "丹桂", "云峰", "朝阳", "和谐", "玉兰", "江北",
)  # fmt: skip
ROAD_KINDS = {
    "路": "Road", "街": "Street", "大道": "Avenue", "东路": "East Road", "西路": "West Road",
    "南路": "South Road", "北路": "North Road", "中路": "Middle Road", "巷": "Lane",
}  # fmt: skip
"""What follows a road's name, in Chinese and in English."""
ESTATES = ("", "", "", "经济开发区", "高新区科技园", "工业园区", "物流园")
BRANDS = "博锐凯诺维奥卓欧德美雅福康力天佳晨云海兰星月尚铭晟裕瀚沐朗启优帆森林格恩睿臻柏皓宸乐依麦伊莱珀黛琪"
ENDS = "士宝特尼曼斯克丽诗朵姿图迈"
HOMOPHONES = dict(
    zip(
        "博锐凯诺奥卓欧德美雅康力佳晨云兰尚裕沐启优帆森格睿皓宸",
        "搏瑞铠糯澳桌鸥得镁亚糠立嘉辰芸蓝上玉木起尤凡深革瑞浩晨",
        strict=True,
    )
)
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何罗郑谢宋唐许邓冯程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜范江傅钟卢"
    "汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺严尹钱施牛洪龚"
)
GIVEN = (
    "志国文斌海涛宏明亮永刚建平伟东立军晓峰振华家豪子轩雨欣佳怡美玲淑芬秀英慧敏丽娟春燕雪梅思琪浩然俊"
    "宇鹏飞嘉诚德胜福生玉珍桂兰彩霞"
)
PLATFORMS = ("kuaishou", "xiaohongshu", "weidian", "vipshop", "shopee", "lazada", "dhgate", "ebay", "shein")
ABROAD = frozenset({"shopee", "lazada", "dhgate", "ebay", "shein"})
"""Platforms that sell abroad, in English and in dollars."""
COURIERS = (
    ("极兔", "JT", 13),
    ("德邦快递", "DPK", 12),
    ("京东物流", "JDVA", 11),
    ("邮政小包", "PY", 13),
    ("优速", "UC", 12),
)
CARRIERS = ("安能", "百世快运", "顺心捷达", "中铁快运", "跨越速运", "自提车", "零担专线")
BANKS = ("招商银行", "浙江农信", "网商银行", "建设银行", "云闪付", "PingPong")
MAKES = (
    "{}制造有限公司", "{}有限公司", "{}有限责任公司", "{}厂",
    "{}科技有限公司", "{}股份有限公司", "{}实业有限公司",
)  # fmt: skip
TRADES = ("商贸有限公司", "供应链管理有限公司", "国际贸易有限公司", "进出口有限公司", "物资经营部")
SHOPS = ("电子商务有限公司", "网络科技有限公司", "百货商行", "日用品店", "贸易商行", "文化传媒有限公司")
KEEPS = ("仓储有限公司", "物流有限公司", "云仓科技有限公司", "供应链有限公司")
ENGLISH = {
    "商贸有限公司": "Trading Co., Ltd.", "供应链管理有限公司": "Supply Chain Management Co., Ltd.",
    "国际贸易有限公司": "International Trade Co., Ltd.", "进出口有限公司": "Import & Export Co., Ltd.",
    "电子商务有限公司": "E-commerce Co., Ltd.", "网络科技有限公司": "Network Technology Co., Ltd.",
    "文化传媒有限公司": "Culture Media Co., Ltd.", "仓储有限公司": "Warehousing Co., Ltd.",
    "物流有限公司": "Logistics Co., Ltd.", "供应链有限公司": "Supply Chain Co., Ltd.",
}  # fmt: skip
PORTS = ("青岛黄岛", "厦门海沧", "天津新港", "广州南沙", "钦州")
ABROAD_TO = ("NG", "RU", "BR", "PL", "SA", "KE", "CL", "TH")
OFFICES = ("4227", "3701", "0202", "3100", "5216")
"""The first digits of the numbers of declarations, by customs office."""
OWNERS = ("CMAU", "MEDU", "EGHU", "TCNU", "HLBU")
FAIRS = ("中国国际日用消费品博览会", "华东进出口商品交易会", "义博会", "厦洽会")

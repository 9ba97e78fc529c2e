# SPDX-License-Identifier: GPL-3.0-or-later
"""The things a scene can show, by family: an edit replaces a thing by another one of its family."""


def _table(text):
    """name=glyph pairs; an underscore in a name stands for a space."""
    pairs = (word.split("=") for word in text.split())
    return {name.replace("_", " "): glyph for name, glyph in pairs}


DRAWN = "+"  # instead of a glyph: sprites.py draws the thing itself

# Glyphs of Noto Color Emoji.  All families but "painted" keep the colours of the font.
KINDS = {
    "animal": _table("""
        dog=🐕 cat=🐈 horse=🐎 cow=🐄 pig=🐖 sheep=🐑 goat=🐐 camel=🐪 elephant=🐘 mouse=🐁 rabbit=🐇 hedgehog=🦔
        bear=🐻 panda=🐼 koala=🐨 lion=🦁 tiger=🐅 monkey=🐒 fox=🦊 wolf=🐺 giraffe=🦒 zebra=🦓 kangaroo=🦘
        deer=🦌 rooster=🐓 chick=🐤 duck=🦆 swan=🦢 owl=🦉 eagle=🦅 penguin=🐧 parrot=🦜 peacock=🦚 flamingo=🦩
        frog=🐸 turtle=🐢 snake=🐍 crocodile=🐊 dragon=🐉 dinosaur=🦕 whale=🐋 dolphin=🐬 shark=🦈 octopus=🐙
        crab=🦀 lobster=🦞 snail=🐌 bee=🐝 ladybug=🐞 spider=🕷 squirrel=🐿 gorilla=🦍 sloth=🦥 bat=🦇"""),
    "food": _table("""
        apple=🍎 banana=🍌 grapes=🍇 strawberry=🍓 pineapple=🍍 watermelon=🍉 lemon=🍋 peach=🍑 pear=🍐 mango=🥭
        coconut=🥥 kiwi=🥝 tomato=🍅 avocado=🥑 broccoli=🥦 carrot=🥕 corn=🌽 mushroom=🍄 bread=🍞 croissant=🥐
        pretzel=🥨 cheese=🧀 egg=🥚 hamburger=🍔 pizza=🍕 sandwich=🥪 taco=🌮 salad=🥗 popcorn=🍿 sushi=🍣
        spaghetti=🍝 donut=🍩 cookie=🍪 cake=🎂 cupcake=🧁 chocolate=🍫 lollipop=🍭 milk=🥛 coffee=☕ wine=🍷
        beer=🍺 cocktail=🍹"""),
    "vehicle": _table("""
        train=🚂 tram=🚊 taxi=🚕 tractor=🚜 ambulance=🚑 bicycle=🚲 scooter=🛴 motorcycle=🏍 airplane=✈
        helicopter=🚁 rocket=🚀 ship=🚢 canoe=🛶 skateboard=🛹 sled=🛷"""),
    "person": _table("""
        man=👨 woman=👩 baby=👶 boy=👦 girl=👧 dancer=💃 surfer=🏄 swimmer=🏊 skier=⛷ runner=🏃 cyclist=🚴
        rider=🏇 clown=🤡 santa=🎅 snowman=⛄ robot=🤖 ghost=👻 alien=👽"""),
    "sight": _table("""
        castle=🏰 church=⛪ carousel=🎠 fountain=⛲ volcano=🌋 cactus=🌵 rose=🌹 sunflower=🌻 rainbow=🌈 moon=🌙
        sun=🌞 cloud=☁ fire=🔥 shell=🐚 pumpkin=🎃 globe=🌍 compass=🧭 map=🗺 statue=🗽 stadium=🏟"""),
    "object": _table("""
        guitar=🎸 piano=🎹 drum=🥁 trumpet=🎺 violin=🎻 saxophone=🎷 camera=📷 television=📺 laptop=💻 phone=📱
        clock=⏰ watch=⌚ candle=🕯 bed=🛏 couch=🛋 bathtub=🛁 key=🔑 hammer=🔨 envelope=✉ crown=👑 ring=💍
        glasses=👓 suitcase=🧳 boot=👢 soccer_ball=⚽ basketball=🏀 trophy=🏆 anchor=⚓ lantern=🏮 microscope=🔬"""),
    # These come in every colour.
    "painted": _table("""
        car=🚗 balloon=🎈 umbrella=☂ tulip=🌷 bus=🚌 truck=🚚 cap=🧢 fish=🐟 butterfly=🦋 bird=🐦 shirt=👕 dress=👗
        heart=❤ star=⭐ book=📕 kite=🪁 tent=⛺ backpack=🎒 gift=🎁 chair=🪑 scarf=🧣 shoe=👟 bikini=👙 jeep=🚙
        house=+ boat=+ tree=+ flower=+ circle=+ square=+ triangle=+ ball=+"""),
}
FAMILY = {name: family for family, table in KINDS.items() for name in table}
NAMES = list(FAMILY)

# Things that are not counted: "grapes", never "two grapes" or "a grapes".
MASS = set("""grapes spaghetti sushi bread milk cheese glasses corn popcorn broccoli chocolate fire salad wine beer
              coffee""".split())
# Plurals that the rule of `plural` gets wrong.
IRREGULAR = {
    "mouse": "mice", "snowman": "snowmen", "sheep": "sheep", "wolf": "wolves", "fish": "fish", "man": "men",
    "woman": "women", "scarf": "scarves", "key": "keys", "monkey": "monkeys", "boy": "boys", "grapes": "grapes",
    "spaghetti": "spaghetti", "sushi": "sushi", "bread": "bread", "milk": "milk", "cheese": "cheese",
    "glasses": "glasses",
}


def plural(name):
    if name in IRREGULAR:
        return IRREGULAR[name]
    if name.endswith("y"):
        return name[:-1] + "ies"
    return name + ("es" if name.endswith(("sh", "ch", "s", "x")) else "s")

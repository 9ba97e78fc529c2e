# SPDX-License-Identifier: GPL-3.0-or-later
"""Where and when a scene can be.  The first wording of each is the plain one."""

# Places that have a time of day.
OUTDOOR = {
    "beach": ["on the beach", "at the beach", "on a sandy beach"],
    "sea": ["on the sea", "at sea", "on the ocean"],
    "snow": ["in the snow", "on the snow", "in a snowy landscape"],
    "meadow": ["in a meadow", "on the grass", "in a green field"],
    "desert": ["in the desert", "on the desert sand", "among the dunes"],
    "city": ["in the city", "on a city street", "in the street"],
    "forest": ["in the forest", "in the woods", "among the trees"],
    "mountains": ["in the mountains", "in front of the mountains", "in the alps"],
}
INDOOR = {
    "room": ["in a room", "indoors", "in the living room"],
    "space": ["in space", "in outer space", "among the stars"],
    "underwater": ["under water", "under the sea", "underwater"],
}
PLACES = {**OUTDOOR, **INDOOR}

TIMES = {
    "day": ["by day", "in the daytime", "on a sunny day"],
    "sunset": ["at sunset", "in the evening", "in the evening light"],
    "night": ["at night", "in the dark", "during the night"],
}

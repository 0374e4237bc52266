"""The second store of projects: a PostGIS database that a city's planners, banks and regulator share."""

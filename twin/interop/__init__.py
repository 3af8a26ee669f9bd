"""Other people's formats in and out; each reader names every fault, with file and line."""

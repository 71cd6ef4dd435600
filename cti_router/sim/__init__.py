"""Drives the live daemon's own switchboard in virtual time: what would a day be like under this configuration?"""

"""The lab: real Asterisk PBXs, real SIP phones and callers, on this machine's loopback addresses only.

`lab.Lab` opens and closes everything; see its docstring for an example.
"""

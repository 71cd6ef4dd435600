"""A caller's visit: what is answered to each ask, who calls, and the second level of a call."""

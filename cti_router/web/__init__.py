"""The pages of advisors and supervisors: a process of its own, which knows the router only by its control socket."""

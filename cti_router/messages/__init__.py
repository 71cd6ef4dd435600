"""Voice messages at the router: brought by the sites, kept on disk, listed as work to do, deleted in time."""

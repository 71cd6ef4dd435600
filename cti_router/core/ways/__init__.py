"""What is counted between caller and advisor: the trunks, the ways over them, and the voice ports."""

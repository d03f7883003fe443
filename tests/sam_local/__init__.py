"""Every function in a container that holds only its code and its layers (`make sam-local`)."""

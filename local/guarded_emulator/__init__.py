"""The AWS emulator behind the loopback guard, with signatures checked as AWS does. Runs inside its process."""

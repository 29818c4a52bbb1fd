"""The world outside: one file a provider, one protocol, one door (`fetch`)."""

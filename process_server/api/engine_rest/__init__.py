"""The API of Camunda 7, /engine-rest: translation alone, so that tools made for it work here unchanged."""

"""As much of the API of Camunda 8, /v2, as Camunda Modeler needs to deploy and start."""

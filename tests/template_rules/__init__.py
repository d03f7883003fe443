"""What template.yaml and the state machine must be like, beyond what CloudFormation itself demands."""

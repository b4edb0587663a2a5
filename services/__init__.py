"""The seven processes of the method, one package each; none imports another."""

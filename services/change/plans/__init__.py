"""The plans of a change: each as its approvers saw it, also when another one took its place."""

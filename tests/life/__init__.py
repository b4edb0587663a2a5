"""Whole scenarios over the public API: the same on one process, on RabbitMQ and in the composed containers."""

"""The versions of a knowledge item: one is written and reviewed while another one is current."""

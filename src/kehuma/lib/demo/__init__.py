"""A customer list to try things on: invented, dirty, always the same for the same seed."""

from kehuma.lib.demo.customers import HEADER, demo_customers, write_demo

__all__ = ["HEADER", "demo_customers", "write_demo"]

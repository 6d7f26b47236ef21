"""kehuma (客户码): one permanent, readable code for every customer, and every meaning it ever had."""

__version__ = "0.1.0.dev0"

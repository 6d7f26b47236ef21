"""异常提醒: what is strange in how codes are looked up, and who looks into it."""

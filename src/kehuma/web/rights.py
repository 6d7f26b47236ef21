"""The rights in words, as pages name them. Which roles have them is for ``access`` to say."""

from django.utils.translation import gettext_lazy as _

TITLES = {
    "customers.view": _("查看客户"),
    "customers.create": _("新建客户"),
    "customers.edit": _("修改客户"),
    "customers.delete": _("删除与恢复客户"),
    "customers.export": _("导出客户"),
    "customers.import": _("导入客户"),
    "customers.assign": _("分配与转交客户"),
    "customers.reveal": _("显示完整号码"),
    "customers.erase": _("处理个人信息请求与保留期限"),
    "interactions.add": _("记录联系与批注"),
    "tags.edit": _("打标签"),
    "fields.manage": _("管理自定义字段"),
    "schemes.view": _("查看编码规则"),
    "schemes.edit": _("设计编码规则"),
    "schemes.publish": _("发布编码规则"),
    "dictionaries.view": _("查看码表"),
    "dictionaries.edit": _("修改码表"),
    "codes.view": _("查看编码台账"),
    "codes.resolve": _("查码"),
    "codes.label": _("打印标签"),
    "codes.manual": _("手工发码、停用编码与别名"),
    "users.manage": _("管理用户"),
    "roles.manage": _("管理角色"),
    "settings.manage": _("修改设置"),
    "webhooks.manage": _("管理回调"),
    "sharing.view": _("查看对外共享"),
    "sharing.manage": _("对外共享客户与读回假名"),
    "audit.view": _("查看与校验操作日志"),
    "audit.sign": _("签核操作日志"),
    "alarms.view": _("查看异常提醒"),
    "alarms.manage": _("处理异常提醒、诱饵码与阈值"),
    "backup.manage": _("备份与恢复"),
    "keys.manage": _("管理密钥与解封"),
    "tasks.view": _("查看任务"),
}


def title(permission: str) -> str:
    """The right in words, "" for one that is not known."""
    return str(TITLES.get(permission, ""))

"""What happened, in plain words: every kind of event by its name.

A test asks that each kind that a package records is here.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What the subject of an event is: it says how a page names it and where it leads.
About = Literal[
    "", "code", "scheme", "dictionary", "person", "role", "team", "import", "field", "text", "sign-off", "recipient",
    "alarm",
]  # fmt: skip


class Kind(NamedTuple):
    """A kind in words."""

    title: Promise
    about: About = ""


OTHER = _("其他操作")
AREAS: Mapping[str, Promise] = MappingProxyType(
    {
        "codes": _("编码"),
        "customers": _("客户"),
        "interactions": _("联系与批注"),
        "intake": _("导入"),
        "access": _("用户与角色"),
        "sealing": _("密钥与封存"),
        "connectors": _("接口、回调与共享"),
        "alarms": _("异常提醒"),
        "store": _("备份与恢复"),
        "log": _("日志"),
    }
)
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "codes.issued": Kind(_("发出编码"), "code"),
        "codes.reserved": Kind(_("预留编码"), "code"),
        "codes.confirmed": Kind(_("确认预留的编码"), "code"),
        "codes.issued-manually": Kind(_("手工给号"), "code"),
        "codes.adopted": Kind(_("接收已有编码"), "scheme"),
        "codes.retired": Kind(_("停用编码"), "code"),
        "codes.voided": Kind(_("作废编码"), "code"),
        "codes.reinstated": Kind(_("恢复编码"), "code"),
        "codes.superseded": Kind(_("编码换新"), "code"),
        "codes.merged": Kind(_("归并编码"), "code"),
        "codes.alias-added": Kind(_("编码增加别名"), "code"),
        "codes.alias-ended": Kind(_("编码结束别名"), "code"),
        "codes.numbers-erased": Kind(_("抹去编码的外部编号"), "code"),
        "codes.live-changed": Kind(_("更新可变段"), "code"),
        "codes.counters-raised": Kind(_("抬高计数器")),
        "codes.scheme-published": Kind(_("编码规则发布"), "scheme"),
        "codes.dictionary-extended": Kind(_("扩充码表"), "dictionary"),
        "codes.draft-begun": Kind(_("开始设计编码规则"), "text"),
        "codes.draft-changed": Kind(_("修改编码规则草稿"), "text"),
        "codes.draft-discarded": Kind(_("放弃编码规则草稿"), "text"),
        "codes.draft-handed-in": Kind(_("提交编码规则审核"), "text"),
        "codes.draft-given-back": Kind(_("退回编码规则草稿"), "text"),
        "codes.draft-published": Kind(_("由草稿发布编码规则"), "text"),
        "codes.review-rule": Kind(_("改变编码规则的审核要求")),
        "customers.created": Kind(_("建立客户档案"), "code"),
        "customers.changed": Kind(_("修改客户档案"), "code"),
        "customers.bulk-edited": Kind(_("批量修改客户")),
        "customers.undone": Kind(_("撤销一批改动")),
        "customers.deleted": Kind(_("删除客户"), "code"),
        "customers.restored": Kind(_("从回收站恢复客户"), "code"),
        "customers.revealed": Kind(_("查看完整号码"), "code"),
        "customers.erased": Kind(_("按要求删除个人信息"), "code"),
        "customers.subject-exported": Kind(_("应本人要求导出个人信息"), "code"),
        "customers.restricted": Kind(_("限制处理个人信息"), "code"),
        "customers.restriction-lifted": Kind(_("解除处理限制"), "code"),
        "customers.held": Kind(_("标记为保留不删"), "code"),
        "customers.hold-ended": Kind(_("取消保留不删"), "code"),
        "customers.retention-set": Kind(_("设定保留期限")),
        "customers.retention-applied": Kind(_("保留期限到期处理")),
        "customers.consent-given": Kind(_("登记用途与同意"), "code"),
        "customers.consent-withdrawn": Kind(_("撤回同意"), "code"),
        "customers.exported": Kind(_("导出客户名单")),
        "customers.import-created": Kind(_("导入新客户")),
        "customers.import-updated": Kind(_("导入更新客户")),
        "customers.claim": Kind(_("领取客户"), "code"),
        "customers.release": Kind(_("放回公海"), "code"),
        "customers.hand-over": Kind(_("把客户转交他人"), "code"),
        "customers.auto-return": Kind(_("久未联系，自动放回公海"), "code"),
        "customers.attached": Kind(_("上传附件"), "code"),
        "customers.detached": Kind(_("删除附件"), "code"),
        "customers.tagged": Kind(_("给客户打标签")),
        "customers.untagged": Kind(_("去掉标签")),
        "customers.tag-created": Kind(_("建立标签"), "text"),
        "customers.tag-renamed": Kind(_("改标签名"), "text"),
        "customers.tag-deleted": Kind(_("标签删除"), "text"),
        "customers.field-defined": Kind(_("定义自定义字段"), "field"),
        "customers.field-changed": Kind(_("修改自定义字段"), "field"),
        "customers.field-retired": Kind(_("停用自定义字段"), "field"),
        "customers.field-revived": Kind(_("恢复自定义字段"), "field"),
        "interactions.noted": Kind(_("记录联系或批注"), "code"),
        "interactions.changed": Kind(_("修改联系记录"), "code"),
        "interactions.removed": Kind(_("删除联系记录"), "code"),
        "interactions.planned": Kind(_("约定回访"), "code"),
        "interactions.finished": Kind(_("完成回访"), "code"),
        "interactions.postponed": Kind(_("推迟回访"), "code"),
        "intake.received": Kind(_("上传导入文件"), "import"),
        "intake.committed": Kind(_("提交导入"), "import"),
        "intake.undone": Kind(_("撤销导入"), "import"),
        "intake.discarded": Kind(_("放弃导入"), "import"),
        "access.organisation-founded": Kind(_("首次设置完成")),
        "access.organisation-renamed": Kind(_("修改单位名称")),
        "access.person-names-classed": Kind(_("改变谁能看个人姓名")),
        "access.idle-days-set": Kind(_("改变自动放回公海的天数")),
        "access.person-invited": Kind(_("邀请用户"), "person"),
        "access.person-added": Kind(_("添加用户"), "person"),
        "access.person-changed": Kind(_("修改用户"), "person"),
        "access.person-deactivated": Kind(_("停用用户"), "person"),
        "access.person-activated": Kind(_("启用用户"), "person"),
        "access.link-made": Kind(_("生成登录链接"), "person"),
        "access.password-set": Kind(_("设好密码"), "person"),
        "access.password-changed": Kind(_("修改密码"), "person"),
        "access.second-factor-on": Kind(_("两步验证开启"), "person"),
        "access.second-factor-off": Kind(_("两步验证关闭"), "person"),
        "access.recovery-codes-renewed": Kind(_("换新恢复码"), "person"),
        "access.signed-in": Kind(_("登录系统"), "person"),
        "access.sign-in-slowed": Kind(_("多次输错密码，暂缓登录"), "person"),
        "access.session-ended": Kind(_("结束一处登录"), "person"),
        "access.other-sessions-ended": Kind(_("结束其他各处登录"), "person"),
        "access.key-created": Kind(_("新建接口密钥"), "person"),
        "access.key-revoked": Kind(_("吊销接口密钥"), "person"),
        "access.role-created": Kind(_("建立角色"), "role"),
        "access.role-changed": Kind(_("修改角色"), "role"),
        "access.role-deleted": Kind(_("删除角色"), "role"),
        "access.role-given": Kind(_("给人换角色"), "person"),
        "access.separated": Kind(_("启用三权分立")),
        "access.ending-asked": Kind(_("申请结束三权分立"), "person"),
        "access.ending-declined": Kind(_("不同意结束三权分立"), "person"),
        "access.united": Kind(_("结束三权分立"), "person"),
        "access.team-created": Kind(_("建立小组"), "team"),
        "access.team-renamed": Kind(_("小组改名"), "team"),
        "access.team-deleted": Kind(_("删除小组"), "team"),
        "sealing.unsealed": Kind(_("以口令解封")),
        "sealing.refused": Kind(_("解封被拒绝")),
        "sealing.recovered": Kind(_("以恢复密钥解封")),
        "sealing.recovery-made": Kind(_("新的恢复密钥")),
        "sealing.recovery-kept": Kind(_("确认收好恢复密钥")),
        "sealing.passphrase-set": Kind(_("设置封存口令")),
        "sealing.key-file-set": Kind(_("改用密钥文件")),
        "sealing.rotated": Kind(_("启用新的密钥版本")),
        "sealing.rewrapped": Kind(_("改用新密钥版本")),
        "sealing.retired": Kind(_("停用旧的密钥版本")),
        "sealing.erased": Kind(_("销毁个人信息的密钥")),
        "alarms.raised": Kind(_("发出异常提醒"), "alarm"),
        "alarms.acknowledged": Kind(_("确认异常提醒"), "alarm"),
        "alarms.canaries-made": Kind(_("做诱饵码"), "scheme"),
        "alarms.limits-changed": Kind(_("修改异常提醒的阈值")),
        "connectors.endpoint-added": Kind(_("新建回调地址")),
        "connectors.endpoint-changed": Kind(_("修改回调地址")),
        "connectors.endpoint-paused": Kind(_("暂停回调")),
        "connectors.endpoint-resumed": Kind(_("恢复回调")),
        "connectors.endpoint-removed": Kind(_("删除回调地址")),
        "connectors.endpoint-tested": Kind(_("测试回调")),
        "connectors.endpoint-stopped": Kind(_("回调长期失败，自动停用")),
        "connectors.secret-rotated": Kind(_("换新回调密钥")),
        "connectors.message-sent-again": Kind(_("重发一条回调")),
        "connectors.replay-asked": Kind(_("重发一段时间的回调")),
        "connectors.recipient-added": Kind(_("登记共享的接收方"), "recipient"),
        "connectors.recipient-renewed": Kind(_("接收方换一期假名"), "recipient"),
        "connectors.recipient-ended": Kind(_("结束对外共享"), "recipient"),
        "connectors.shared": Kind(_("以假名对外共享客户"), "recipient"),
        "connectors.pseudonyms-read": Kind(_("把假名读回编码"), "recipient"),
        "store.backed-up": Kind(_("制作备份"), "text"),
        "store.backup-checked": Kind(_("核对备份"), "text"),
        "store.backup-downloaded": Kind(_("下载备份"), "text"),
        "store.backup-deleted": Kind(_("备份删除"), "text"),
        "store.restored": Kind(_("恢复备份"), "text"),
        "store.moved": Kind(_("迁到 PostgreSQL")),
        "log.recovered": Kind(_("恢复旧状态后接着编号")),
        "log.verified": Kind(_("日志校验")),
        "log.exported": Kind(_("日志导出")),
        "log.signed-off": Kind(_("签核日志"), "sign-off"),
    }
)


def title(kind: str) -> str:
    """What happened."""
    known = KINDS.get(kind)
    return str(known.title if known else OTHER)


def area(kind: str) -> str:
    """Which part of the product it belongs to."""
    return str(AREAS.get(kind.partition(".")[0], OTHER))

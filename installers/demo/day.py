"""The day: from a UKEY login over SM TLS to a printed, signed invoice and a log that is whole.

The demo and the story test run these same steps, in this order.
"""

from installers.demo.run import Step
from installers.demo.steps import bedside, cash, desk, door, garage, log, stores

STEPS: list[Step] = [
    ("UKEY 登录、输错 PIN、拔出锁定", door.unlock_the_door),
    ("入库单：填写、提交、UKEY 审批、入账", stores.receive_goods),
    ("出库到分站并入账，再领到医生个人药库", stores.supply_the_doctor),
    ("车辆信息和修改痕迹", garage.look_at_the_vehicle),
    ("司机日报：里程不能倒退", garage.report_the_shift),
    ("调度系统送来任务", desk.take_over_the_task),
    ("平板离线书写病历并签名，恢复后各发送一次，自动出库", bedside.write_without_a_server),
    ("两边改了同一项：冲突由医生决定", bedside.decide_a_conflict),
    ("交接单和病历单 PDF，UKEY 签名，改一字节即验不过", bedside.print_and_sign),
    ("收费：按公里、等候和用药计算，现金加微信，打印发票", cash.take_the_money),
    ("重打发票：没有审核不能打，审核签名后补打", cash.print_again),
    ("收费日报：与支付流水一致", cash.close_the_day),
    ("收费记录明细：查询、排序、合计、导出", cash.look_it_all_up),
    ("日志查询：每一步都在，核验完整", log.look_into_the_log),
    ("改动日志一个字节，核验指出那一条", log.change_one_byte),
]

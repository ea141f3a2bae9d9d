"""The day: from a UKEY login over SM TLS to a printed, signed invoice and a log that is whole.

The demo and the story test run these same steps, in this order.
"""

from installers.demo.run import Step
from installers.demo.steps import desk, door, garage, log, stores

STEPS: list[Step] = [
    ("UKEY 登录、输错 PIN、拔出锁定", door.unlock_the_door),
    ("入库单：填写、提交、UKEY 审批、入账", stores.receive_goods),
    ("出库到分站并入账，再领到医生个人药库", stores.supply_the_doctor),
    ("车辆信息和修改痕迹", garage.look_at_the_vehicle),
    ("司机日报：里程不能倒退", garage.report_the_shift),
    ("调度系统送来任务", desk.take_over_the_task),
    ("日志查询：每一步都在，核验完整", log.look_into_the_log),
    ("改动日志一个字节，核验指出那一条", log.change_one_byte),
]

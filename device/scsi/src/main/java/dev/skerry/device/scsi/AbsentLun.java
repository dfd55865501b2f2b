package dev.skerry.device.scsi;

/** What answers for the numbers of a target at which there is no logical unit (SPC-3, 6.4.2). */
final class AbsentLun extends ScsiLun {
    AbsentLun(ScsiTarget target) {
        attached(target, 0);
    }

    @Override
    boolean isExempt(int opcode) {
        return true;
    }

    @Override
    byte[] inquiryData(int page) {
        return page < 0 ? absentInquiry() : null;
    }

    @Override
    Sense idleSense() {
        return Sense.LUN_NOT_SUPPORTED;
    }

    @Override
    void execute(ScsiTask task) {
        fail(task, Sense.LUN_NOT_SUPPORTED);
    }
}

package dev.skerry.device.scsi;

import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;
import dev.skerry.platform.options.PropertyValues;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** A bus with one device, and an initiator that does whole commands. */
final class Workbench {
    /** What a command came to; no status if it has none yet. */
    record Result(String data, int status, long residueBytes) {}

    final ScsiBus bus = new ScsiBus(7);
    final MemoryStorage storage;
    final ScsiDevice device;
    boolean holdsBus;

    Workbench(String options, int sizeBytes) {
        this(options, sizeBytes, true);
    }

    Workbench(String options, int sizeBytes, boolean writeBack) {
        storage = new MemoryStorage(sizeBytes);
        storage.writeBack = writeBack;
        device = device(options);
        device.insert(storage);
        attach(device);
    }

    static ScsiDevice device(String options) {
        try {
            boolean cd = options.startsWith("scsi-cd");
            var model = cd ? new ScsiCdModel() : new ScsiHdModel();
            OptionList list = OptionList.parse("-device", options, "driver");
            PropertyValues values =
                    new PropertyValues(model.name(), model.properties(), list, Set.of("driver"));
            return (ScsiDevice) model.create(null, values);
        } catch (OptionException e) {
            throw new AssertionError(e);
        }
    }

    void attach(ScsiDevice other) {
        try {
            bus.attach(other);
        } catch (OptionException e) {
            throw new AssertionError(e);
        }
    }

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    ScsiTask submit(int lun, int tag, TaskAttribute attribute, String cdb) {
        byte[] bytes = hex(cdb);
        return bus.target(0).submit(lun, tag, attribute, bytes, bytes.length, holdsBus, task -> {});
    }

    /** Does a command of LUN 0 without a tag. */
    Result run(String cdb, String out) {
        ScsiTask task = submit(0, ScsiTask.UNTAGGED, TaskAttribute.SIMPLE, cdb);
        byte[] sent = hex(out);
        StringBuilder in = new StringBuilder();
        int at = 0;
        while (task.phase() == ScsiTask.Phase.DATA_IN
                || task.phase() == ScsiTask.Phase.DATA_OUT && at < sent.length) {
            boolean reads = task.phase() == ScsiTask.Phase.DATA_IN;
            int length = (int) task.remainingBytes();
            length = reads ? length : Math.min(length, sent.length - at);
            MemorySegment segment = Arena.ofAuto().allocate(length);
            if (!reads) {
                MemorySegment.copy(MemorySegment.ofArray(sent), at, segment, 0, length);
                at += length;
            }
            long[] moved = new long[1];
            task.move(List.of(segment), length, bytes -> moved[0] = bytes);
            if (reads) {
                byte[] got =
                        segment.asSlice(0, moved[0])
                                .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
                in.append(HexFormat.of().formatHex(got));
            }
        }
        int status = task.phase() == ScsiTask.Phase.STATUS ? task.status() : -1;
        return new Result(in.toString(), status, task.remainingBytes());
    }

    Result run(String cdb) {
        return run(cdb, "");
    }

    /** Key, code and qualifier as REQUEST SENSE tells them, such as {@code 5/24/00}. */
    String sense() {
        byte[] data = hex(run("03 00 00 00 12 00").data());
        return String.format("%x/%02x/%02x", data[2] & 0xf, data[12], data[13]);
    }

    /** Gets the first unit attention out of the way. */
    Workbench ready() {
        run("00 00 00 00 00 00");
        sense();
        return this;
    }
}

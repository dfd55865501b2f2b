package dev.skerry.device.scsi;

/** A device with a SCSI bus of its own, {@code ID.0} on the command line. */
public interface ScsiController {
    ScsiBus scsiBus();
}

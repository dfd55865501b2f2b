package dev.skerry.device.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Image formats by what their first 512 bytes look like. Only raw and qcow2 can be used; the others
 * are known so that they can be refused by name, and so that a guest cannot turn its raw disk into
 * one of them.
 */
enum ImageFormat {
    QCOW2("qcow2", 0, "QFI\u00fb\0\0\0"),
    QED("qed", 0, "QED\0"),
    VMDK("vmdk", 0, "KDMV", "COWD", "# Disk DescriptorFile"),
    VHDX("vhdx", 0, "vhdxfile"),
    VPC("vpc", 0, "conectix"),
    VDI("vdi", 64, "\u007f\u0010\u00da\u00be"),
    PARALLELS("parallels", 0, "WithoutFreeSpace", "WithouFreSpacExt"),
    LUKS("luks", 0, "LUKS\u00ba\u00be"),
    BOCHS("bochs", 0, "Bochs Virtual HD Image"),
    CLOOP("cloop", 0, "#!/bin/sh\n#V2.0 Format\n"),
    RAW("raw", 0);

    /** How many bytes a probe looks at. */
    static final int PROBE_BYTES = 512;

    private final String label;
    private final int offset;
    private final byte[][] magics;

    ImageFormat(String label, int offset, String... magics) {
        this.label = label;
        this.offset = offset;
        this.magics = new byte[magics.length][];
        for (int i = 0; i < magics.length; i++) {
            this.magics[i] = magics[i].getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    /** The name as in {@code format=}. */
    String label() {
        return label;
    }

    /** What a beginning of up to {@link #PROBE_BYTES} bytes looks like; raw if like nothing known. */
    static ImageFormat of(MemorySegment beginning, long lengthBytes) {
        for (ImageFormat format : values()) {
            for (byte[] magic : format.magics) {
                if (format.offset + magic.length <= lengthBytes
                        && format.matches(beginning, magic)) {
                    return format;
                }
            }
        }
        return RAW;
    }

    private boolean matches(MemorySegment beginning, byte[] magic) {
        for (int i = 0; i < magic.length; i++) {
            if (beginning.get(ValueLayout.JAVA_BYTE, offset + i) != magic[i]) {
                return false;
            }
        }
        // The fourth byte of the version: qcow (version 1) is another format, refused as such.
        return this != QCOW2 || beginning.get(ValueLayout.JAVA_BYTE, 7) >= 1;
    }
}

package dev.skerry.device.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.skerry.platform.options.OptionException;
import dev.skerry.platform.options.OptionList;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DriveOptionsTest {
    private static DriveOptions drive(String text) throws OptionException {
        return DriveOptions.ofDrive(OptionList.parse("-drive", text, null));
    }

    private static OptionList blockdev(String text) throws OptionException {
        return OptionList.parse("-blockdev", text, null);
    }

    @Test
    void defaults_are_qemus() throws OptionException {
        DriveOptions drive = drive("file=/a.img,if=none,id=d0");
        assertEquals("d0", drive.id());
        assertEquals("/a.img", drive.file());
        assertNull(drive.format());
        assertFalse(drive.readOnly());
        assertEquals(CacheMode.WRITE_BACK, drive.cache());
        assertFalse(drive.unmap());
        assertEquals(ErrorPolicy.ENOSPC, drive.writePolicy());
        assertEquals(ErrorPolicy.REPORT, drive.readPolicy());
    }

    @Test
    void every_option_is_read() throws OptionException {
        DriveOptions drive =
                drive(
                        "file=a,,b,format=qcow2,if=none,id=d,readonly=on,cache=writethrough,"
                                + "aio=native,discard=unmap,werror=stop,rerror=ignore,snapshot=off");
        assertEquals("a,b", drive.file());
        assertEquals("qcow2", drive.format());
        assertTrue(drive.readOnly());
        assertEquals(CacheMode.WRITE_THROUGH, drive.cache());
        assertTrue(drive.unmap());
        assertEquals(ErrorPolicy.STOP, drive.writePolicy());
        assertEquals(ErrorPolicy.IGNORE, drive.readPolicy());
        assertTrue(drive("media=cdrom").readOnly());
    }

    @ParameterizedTest
    @CsvSource({
        "writeback, true, false, false",
        "none, true, true, false",
        "writethrough, false, false, false",
        "directsync, false, true, false",
        "unsafe, true, false, true"
    })
    void cache_modes_are_qemus(String name, boolean back, boolean direct, boolean none)
            throws OptionException {
        assertEquals(new CacheMode(back, direct, none), drive("cache=" + name).cache());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "bogus=1        | does not support the option 'bogus'",
                "if=ide         | if=ide is not supported",
                "cache=fast     | invalid cache option",
                "aio=magic      | Invalid aio option 'magic'",
                "discard=maybe  | Invalid discard option 'maybe'",
                "werror=explode | 'explode' invalid write error action",
                "rerror=enospc  | 'enospc' invalid read error action",
                "snapshot=on    | snapshot=on is not supported",
                "readonly=maybe | neither 'on' nor 'off'",
                "format=vmdk    | format 'vmdk' is not supported",
                "media=tape     | 'tape' invalid media",
                "detect-zeroes=on | detect-zeroes=on is not supported",
            })
    void what_is_not_supported_is_refused_by_name(String text, String expected) {
        OptionException e = assertThrows(OptionException.class, () -> drive(text));
        assertTrue(e.getMessage().contains(expected), e.getMessage());
    }

    @Test
    void a_blockdev_has_its_file_inside_or_by_name() throws OptionException {
        BlockNodes nodes = new BlockNodes();
        DriveOptions inside =
                nodes.addBlockdev(
                        blockdev(
                                "driver=qcow2,node-name=a,file.driver=file,file.filename=/a.qcow2,"
                                        + "discard=unmap,read-only=on"));
        assertEquals("/a.qcow2", inside.file());
        assertEquals("qcow2", inside.format());
        assertTrue(inside.unmap());
        assertTrue(inside.readOnly());
        nodes.addBlockdev(blockdev("driver=file,node-name=f,filename=/b.raw,cache.direct=on"));
        nodes.addBlockdev(blockdev("driver=raw,file=f,node-name=b,cache.no-flush=on"));
        assertEquals("/b.raw", nodes.get("b").file());
        assertTrue(nodes.get("b").cache().noFlush());
        assertEquals("raw", nodes.get("f").format());
        assertNull(nodes.get("c"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "driver=qcow2,node-name=a,file=nobody | node-name='nobody'",
                "driver=qcow2,node-name=a             | 'file.driver' is missing",
                "driver=raw,node-name=a,file.driver=nbd,file.host=x | 'file.host' is unexpected",
                "driver=raw,node-name=a,file.driver=nbd | file.driver 'nbd' is not supported",
                "driver=file,node-name=a              | 'filename' is missing",
                "driver=throttle,node-name=a,file.driver=file,file.filename=x | format 'throttle'",
                "node-name=a                          | 'driver' is missing",
                "driver=file,filename=x               | 'node-name' is missing",
            })
    void a_bad_blockdev_is_refused(String text, String expected) throws OptionException {
        BlockNodes nodes = new BlockNodes();
        OptionException e =
                assertThrows(OptionException.class, () -> nodes.addBlockdev(blockdev(text)));
        assertTrue(e.getMessage().contains(expected), e.getMessage());
    }

    @Test
    void a_name_can_be_given_once() throws OptionException {
        BlockNodes nodes = new BlockNodes();
        nodes.addDrive(OptionList.parse("-drive", "id=x,file=y", null));
        OptionException e =
                assertThrows(
                        OptionException.class,
                        () -> nodes.addBlockdev(blockdev("driver=file,node-name=x,filename=z")));
        assertTrue(e.getMessage().contains("Duplicate nodes with node-name='x'"), e.getMessage());
    }
}

package dev.skerry.device.lsi53c895a;

import dev.skerry.device.api.Register;
import dev.skerry.device.api.RegisterTable;

/**
 * The registers of the chip, in the order of its manual (LSI53C895A Technical Manual, version 2.2,
 * chapter 4). Reset values are the manual's and those read from QEMU 7.2; where they differ the
 * register says so.
 */
enum LsiRegister implements Register {
    /** SCSI Control Zero. */
    SCNTL0(0x00, 1, Access.READ_WRITE, 0xc0),
    /** SCSI Control One; CON (0x10) is read-only. */
    SCNTL1(0x01, 1, Access.READ_WRITE, 0x00),
    /** SCSI Control Two; WSS and WSR are cleared by writing ones. */
    SCNTL2(0x02, 1, Access.READ_WRITE, 0x00),
    /** SCSI Control Three. */
    SCNTL3(0x03, 1, Access.READ_WRITE, 0x00),
    /** SCSI Chip ID. */
    SCID(0x04, 1, Access.READ_WRITE, 0x07),
    /** SCSI Transfer. */
    SXFER(0x05, 1, Access.READ_WRITE, 0x00),
    /** SCSI Destination ID. */
    SDID(0x06, 1, Access.READ_WRITE, 0x00),
    /** General Purpose; the pins float high. */
    GPREG(0x07, 1, Access.READ_WRITE, 0x7f),
    /** SCSI First Byte Received. */
    SFBR(0x08, 1, Access.READ_WRITE, 0x00),
    /** SCSI Output Control Latch. */
    SOCL(0x09, 1, Access.READ_WRITE, 0x00),
    /** SCSI Selector ID. */
    SSID(0x0a, 1, Access.READ_ONLY, 0x00),
    /** SCSI Bus Control Lines. */
    SBCL(0x0b, 1, Access.READ_ONLY, 0x00),
    /** DMA Status; reading clears all but DFE. */
    DSTAT(0x0c, 1, Access.READ_ONLY, 0x80),
    /** SCSI Status Zero. */
    SSTAT0(0x0d, 1, Access.READ_ONLY, 0x00),
    /** SCSI Status One. */
    SSTAT1(0x0e, 1, Access.READ_ONLY, 0x00),
    /** SCSI Status Two. */
    SSTAT2(0x0f, 1, Access.READ_ONLY, 0x02),
    /** Data Structure Address. */
    DSA(0x10, 4, Access.READ_WRITE, 0x00),
    /** Interrupt Status Zero. */
    ISTAT0(0x14, 1, Access.READ_WRITE, 0x00),
    /** Interrupt Status One. */
    ISTAT1(0x15, 1, Access.READ_WRITE, 0x00),
    /** Mailbox Zero. */
    MBOX0(0x16, 1, Access.READ_WRITE, 0x00),
    /** Mailbox One. */
    MBOX1(0x17, 1, Access.READ_WRITE, 0x00),
    /** Chip Test Zero. */
    CTEST0(0x18, 1, Access.READ_WRITE, 0xff),
    /** Chip Test One; QEMU's value, the manual has 0xf0. */
    CTEST1(0x19, 1, Access.READ_ONLY, 0x00),
    /** Chip Test Two; reading clears SIGP. */
    CTEST2(0x1a, 1, Access.READ_WRITE, 0x11),
    /** Chip Test Three. */
    CTEST3(0x1b, 1, Access.READ_WRITE, 0x00),
    /** Temporary: the return address of a CALL. */
    TEMP(0x1c, 4, Access.READ_WRITE, 0x00),
    /** DMA FIFO. */
    DFIFO(0x20, 1, Access.READ_WRITE, 0x00),
    /** Chip Test Four. */
    CTEST4(0x21, 1, Access.READ_WRITE, 0x00),
    /** Chip Test Five. */
    CTEST5(0x22, 1, Access.READ_WRITE, 0x00),
    /** Chip Test Six. */
    CTEST6(0x23, 1, Access.READ_WRITE, 0x00),
    /** DMA Byte Counter. */
    DBC(0x24, 3, Access.READ_WRITE, 0x00),
    /** DMA Command. */
    DCMD(0x27, 1, Access.READ_WRITE, 0x40),
    /** DMA Next Address. */
    DNAD(0x28, 4, Access.READ_WRITE, 0x00),
    /** DMA SCRIPTS Pointer; writing its last byte starts them. */
    DSP(0x2c, 4, Access.READ_WRITE, 0x00),
    /** DMA SCRIPTS Pointer Save. */
    DSPS(0x30, 4, Access.READ_WRITE, 0x00),
    /** Scratch A. */
    SCRATCHA(0x34, 4, Access.READ_WRITE, 0x00),
    /** DMA Mode. */
    DMODE(0x38, 1, Access.READ_WRITE, 0x00),
    /** DMA Interrupt Enable. */
    DIEN(0x39, 1, Access.READ_WRITE, 0x00),
    /** Scratch Byte. */
    SBR(0x3a, 1, Access.READ_WRITE, 0x00),
    /** DMA Control. */
    DCNTL(0x3b, 1, Access.READ_WRITE, 0x00),
    /** Adder Sum Output. */
    ADDER(0x3c, 4, Access.READ_ONLY, 0x00),
    /** SCSI Interrupt Enable Zero. */
    SIEN0(0x40, 1, Access.READ_WRITE, 0x00),
    /** SCSI Interrupt Enable One. */
    SIEN1(0x41, 1, Access.READ_WRITE, 0x00),
    /** SCSI Interrupt Status Zero; reading clears it. */
    SIST0(0x42, 1, Access.READ_ONLY, 0x00),
    /** SCSI Interrupt Status One; reading clears it. */
    SIST1(0x43, 1, Access.READ_ONLY, 0x00),
    /** SCSI Longitudinal Parity. */
    SLPAR(0x44, 1, Access.READ_WRITE, 0x00),
    /** SCSI Wide Residue. */
    SWIDE(0x45, 1, Access.READ_WRITE, 0x00),
    /** Memory Access Control. */
    MACNTL(0x46, 1, Access.READ_WRITE, 0x0f),
    /** General Purpose Pin Control. */
    GPCNTL(0x47, 1, Access.READ_WRITE, 0x0f),
    /** SCSI Timer Zero: handshake and selection. */
    STIME0(0x48, 1, Access.READ_WRITE, 0x00),
    /** SCSI Timer One: general purpose. */
    STIME1(0x49, 1, Access.READ_WRITE, 0x00),
    /** Response ID Zero; QEMU's value, the chip that has id 7. */
    RESPID0(0x4a, 1, Access.READ_WRITE, 0x80),
    /** Response ID One. */
    RESPID1(0x4b, 1, Access.READ_WRITE, 0x00),
    /** SCSI Test Zero. */
    STEST0(0x4c, 1, Access.READ_ONLY, 0x00),
    /** SCSI Test One. */
    STEST1(0x4d, 1, Access.READ_WRITE, 0x00),
    /** SCSI Test Two. */
    STEST2(0x4e, 1, Access.READ_WRITE, 0x00),
    /** SCSI Test Three. */
    STEST3(0x4f, 1, Access.READ_WRITE, 0x00),
    /** SCSI Input Data Latch. */
    SIDL(0x50, 2, Access.READ_ONLY, 0x00),
    /** SCSI Test Four: low-voltage differential, frequency locked. */
    STEST4(0x52, 1, Access.READ_ONLY, 0xe0),
    /** SCSI Output Data Latch. */
    SODL(0x54, 2, Access.READ_WRITE, 0x00),
    /** Chip Control Zero. */
    CCNTL0(0x56, 1, Access.READ_WRITE, 0x00),
    /** Chip Control One. */
    CCNTL1(0x57, 1, Access.READ_WRITE, 0x00),
    /** SCSI Bus Data Lines. */
    SBDL(0x58, 2, Access.READ_ONLY, 0x00),
    /** Scratch B. */
    SCRATCHB(0x5c, 4, Access.READ_WRITE, 0x00),
    /** Scratch C. */
    SCRATCHC(0x60, 4, Access.READ_WRITE, 0x00),
    /** Scratch D. */
    SCRATCHD(0x64, 4, Access.READ_WRITE, 0x00),
    /** Scratch E. */
    SCRATCHE(0x68, 4, Access.READ_WRITE, 0x00),
    /** Scratch F. */
    SCRATCHF(0x6c, 4, Access.READ_WRITE, 0x00),
    /** Scratch G. */
    SCRATCHG(0x70, 4, Access.READ_WRITE, 0x00),
    /** Scratch H. */
    SCRATCHH(0x74, 4, Access.READ_WRITE, 0x00),
    /** Scratch I. */
    SCRATCHI(0x78, 4, Access.READ_WRITE, 0x00),
    /** Scratch J. */
    SCRATCHJ(0x7c, 4, Access.READ_WRITE, 0x00),
    /** Scratch K. */
    SCRATCHK(0x80, 4, Access.READ_WRITE, 0x00),
    /** Scratch L. */
    SCRATCHL(0x84, 4, Access.READ_WRITE, 0x00),
    /** Scratch M. */
    SCRATCHM(0x88, 4, Access.READ_WRITE, 0x00),
    /** Scratch N. */
    SCRATCHN(0x8c, 4, Access.READ_WRITE, 0x00),
    /** Scratch O. */
    SCRATCHO(0x90, 4, Access.READ_WRITE, 0x00),
    /** Scratch P. */
    SCRATCHP(0x94, 4, Access.READ_WRITE, 0x00),
    /** Scratch Q. */
    SCRATCHQ(0x98, 4, Access.READ_WRITE, 0x00),
    /** Scratch R. */
    SCRATCHR(0x9c, 4, Access.READ_WRITE, 0x00),
    /** Memory Move Read Selector. */
    MMRS(0xa0, 4, Access.READ_WRITE, 0x00),
    /** Memory Move Write Selector. */
    MMWS(0xa4, 4, Access.READ_WRITE, 0x00),
    /** SCRIPTS Fetch Selector. */
    SFS(0xa8, 4, Access.READ_WRITE, 0x00),
    /** DSA Relative Selector. */
    DRS(0xac, 4, Access.READ_WRITE, 0x00),
    /** Static Block Move Selector. */
    SBMS(0xb0, 4, Access.READ_WRITE, 0x00),
    /** Dynamic Block Move Selector. */
    DBMS(0xb4, 4, Access.READ_WRITE, 0x00),
    /** DMA Next Address 64. */
    DNAD64(0xb8, 4, Access.READ_WRITE, 0x00),
    /** Phase Mismatch Jump Address One. */
    PMJAD1(0xc0, 4, Access.READ_WRITE, 0x00),
    /** Phase Mismatch Jump Address Two. */
    PMJAD2(0xc4, 4, Access.READ_WRITE, 0x00),
    /** Remaining Byte Count. */
    RBC(0xc8, 4, Access.READ_WRITE, 0x00),
    /** Updated Address. */
    UA(0xcc, 4, Access.READ_WRITE, 0x00),
    /** Entry Storage Address. */
    ESA(0xd0, 4, Access.READ_WRITE, 0x00),
    /** Instruction Address. */
    IA(0xd4, 4, Access.READ_WRITE, 0x00),
    /** SCSI Byte Count. */
    SBC(0xd8, 3, Access.READ_ONLY, 0x00),
    /** Cumulative SCSI Byte Count. */
    CSBC(0xdc, 4, Access.READ_WRITE, 0x00);

    static final RegisterTable<LsiRegister> TABLE = new RegisterTable<>(values());

    private final int offset;
    private final int sizeBytes;
    private final Access access;
    private final long resetValue;

    LsiRegister(int offset, int sizeBytes, Access access, long resetValue) {
        this.offset = offset;
        this.sizeBytes = sizeBytes;
        this.access = access;
        this.resetValue = resetValue;
    }

    @Override
    public int offset() {
        return offset;
    }

    @Override
    public int sizeBytes() {
        return sizeBytes;
    }

    @Override
    public Access access() {
        return access;
    }

    @Override
    public long resetValue() {
        return resetValue;
    }
}

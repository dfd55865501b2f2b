package dev.skerry.device.lsi53c895a;

import static dev.skerry.device.lsi53c895a.LsiRegister.CCNTL0;
import static dev.skerry.device.lsi53c895a.LsiRegister.CCNTL1;
import static dev.skerry.device.lsi53c895a.LsiRegister.CSBC;
import static dev.skerry.device.lsi53c895a.LsiRegister.DBC;
import static dev.skerry.device.lsi53c895a.LsiRegister.DNAD;
import static dev.skerry.device.lsi53c895a.LsiRegister.DNAD64;
import static dev.skerry.device.lsi53c895a.LsiRegister.DSA;
import static dev.skerry.device.lsi53c895a.LsiRegister.DSP;
import static dev.skerry.device.lsi53c895a.LsiRegister.ESA;
import static dev.skerry.device.lsi53c895a.LsiRegister.IA;
import static dev.skerry.device.lsi53c895a.LsiRegister.PMJAD1;
import static dev.skerry.device.lsi53c895a.LsiRegister.PMJAD2;
import static dev.skerry.device.lsi53c895a.LsiRegister.RBC;
import static dev.skerry.device.lsi53c895a.LsiRegister.SBC;
import static dev.skerry.device.lsi53c895a.LsiRegister.SCNTL2;
import static dev.skerry.device.lsi53c895a.LsiRegister.SCNTL3;
import static dev.skerry.device.lsi53c895a.LsiRegister.SFBR;
import static dev.skerry.device.lsi53c895a.LsiRegister.SODL;
import static dev.skerry.device.lsi53c895a.LsiRegister.SWIDE;
import static dev.skerry.device.lsi53c895a.LsiRegister.UA;

import dev.skerry.device.api.Dma;

import java.lang.foreign.MemorySegment;

/**
 * The block move instructions (manual, 5.3): where the bytes are in memory, how many of them cross
 * the bus in the target's phase, what is left when the target changes it.
 */
final class BlockMover {
    /** What became of an instruction. */
    enum Outcome {
        /** All moved; SCRIPTS go on. */
        DONE,
        /** It goes on by {@link #go} when the target is ready or data has been moved. */
        WAITING,
        /** SCRIPTS go on where a phase mismatch leads. */
        JUMPED,
        PHASE_MISMATCH,
        ILLEGAL
    }

    private static final int INDIRECT = 1 << 29;
    private static final int TABLE_INDIRECT = 1 << 28;
    private static final int NOT_CHAINED = 1 << 27;
    private static final int EXDBMV = 0x01;
    private static final int EXTIBMV = 0x02;
    private static final int INDEX_MODE_1 = 0x04;
    private static final int ENPMJ = 0x80;
    private static final int PMJCTL = 0x40;
    private static final int ENNDJ = 0x20;
    private static final int WIDE = 0x08;
    private static final int CHM = 0x40;
    private static final int WSS = 0x08;
    private static final int WSR = 0x01;
    private static final int COUNT = 0xff_ffff;
    private static final int MESSAGE_CHUNK = 256;

    /** The selectors a table entry can name after SCRATCHC to SCRATCHR (manual, 2.2.3). */
    private static final LsiRegister[] SELECTORS = {
        LsiRegister.MMRS,
        LsiRegister.MMWS,
        LsiRegister.SFS,
        LsiRegister.DRS,
        LsiRegister.SBMS,
        LsiRegister.DBMS
    };

    private final RegisterFile registers;
    private final Dma dma;
    private final ScsiPort port;
    private final DataMover data;
    private final byte[] bytes = new byte[MESSAGE_CHUNK];
    private final MemorySegment bytesSegment = MemorySegment.ofArray(bytes);

    private int phase;
    private boolean chained;
    private long address;
    private int left;
    private int upperByte;

    /** The wide bus carries an odd number of bytes, so half a word stays at the end. */
    private boolean oddEnd;

    private boolean transferBegun;
    private boolean abandoned;

    BlockMover(RegisterFile registers, Dma dma, ScsiPort port, Runnable resume) {
        this.registers = registers;
        this.dma = dma;
        this.port = port;
        data = new DataMover(dma, resume);
    }

    boolean isMovingData() {
        return data.isMoving();
    }

    /** Lets a move under way end unseen. */
    void abandon() {
        abandoned = true;
        data.abandon();
    }

    /** Begins an instruction whose two words have been fetched; the pointer is behind them. */
    Outcome begin(int first, int second) {
        phase = first >> 24 & 7;
        chained = (first & NOT_CHAINED) == 0;
        left = first & COUNT;
        upperByte = first >>> 24;
        abandoned = false;
        int instruction = registers.get(DSP) - 8;
        registers.set(IA, instruction);
        registers.set(ESA, instruction);
        registers.set(SBC, 0);
        if (!locate(first, second)) {
            return Outcome.ILLEGAL;
        }
        registers.setBits(SCNTL2, CHM, chained);
        transferBegun = false;
        show();
        takeResidue();
        return go();
    }

    /** Finds out where the bytes are; false if the instruction makes no sense. */
    private boolean locate(int first, int second) {
        LsiRegister upper = LsiRegister.SBMS;
        if ((first & TABLE_INDIRECT) != 0) {
            return (first & INDIRECT) == 0 && locateByTable(second);
        }
        int low = second;
        if ((first & INDIRECT) != 0) {
            low = (int) dma.read(registers.address(LsiRegister.SFS, second), 4);
        } else if (registers.has(CCNTL1, EXDBMV)) {
            int pointer = registers.get(DSP);
            registers.set(
                    LsiRegister.DBMS,
                    (int) dma.read(registers.address(LsiRegister.SFS, pointer), 4));
            registers.set(DSP, pointer + 4);
            upper = LsiRegister.DBMS;
        }
        address = registers.address(upper, low);
        return true;
    }

    private boolean locateByTable(int offset) {
        int entry = registers.get(DSA) + (offset << 8 >> 8);
        registers.set(ESA, entry);
        int count = (int) dma.read(registers.address(LsiRegister.DRS, entry), 4);
        int low = (int) dma.read(registers.address(LsiRegister.DRS, entry + 4), 4);
        left = count & COUNT;
        upperByte = count >>> 24;
        if (!registers.has(CCNTL1, EXTIBMV)) {
            address = registers.address(LsiRegister.SBMS, low);
        } else if (registers.has(CCNTL1, INDEX_MODE_1)) {
            address = (long) upperByte << 32 | low & 0xffff_ffffL;
        } else {
            int index = upperByte & 0x1f;
            if (index >= 0x10 + SELECTORS.length) {
                return false;
            }
            LsiRegister selector =
                    index < 0x10
                            ? LsiRegister.values()[LsiRegister.SCRATCHC.ordinal() + index]
                            : SELECTORS[index - 0x10];
            address = registers.address(selector, low);
        }
        return true;
    }

    private void show() {
        registers.set(DBC, left);
        registers.set(DNAD, (int) address);
        registers.set(DNAD64, (int) (address >>> 32));
    }

    /** Goes on as far as the target lets. */
    Outcome go() {
        while (true) {
            if (data.isMoving() || abandoned) {
                return Outcome.WAITING;
            }
            account();
            if (left == 0 && registers.get(SBC) > 0) {
                return Outcome.DONE;
            }
            int asked = port.phase();
            if (asked == ScsiPort.NO_REQUEST) {
                return Outcome.WAITING;
            }
            if (!port.accepts(phase)) {
                return mismatch();
            }
            if (left == 0) {
                // Manual, 5.3.1: a count of zero is illegal.
                return Outcome.ILLEGAL;
            }
            if (step()) {
                return Outcome.DONE;
            }
        }
    }

    /**
     * Moves some bytes.
     *
     * @return whether the instruction is over though not all bytes were moved
     */
    private boolean step() {
        switch (phase) {
            case ScsiPort.DATA_IN -> receiveData();
            case ScsiPort.DATA_OUT -> sendData();
            case ScsiPort.COMMAND -> {
                int length = Math.min(left, port.commandRoom());
                fetch(length);
                advance(length);
                port.command(bytes, length);
            }
            case ScsiPort.STATUS -> {
                bytes[0] = (byte) port.takeStatus();
                deliver(1);
            }
            case ScsiPort.MESSAGE_IN -> {
                return receiveMessage();
            }
            default -> {
                int length = Math.min(left, MESSAGE_CHUNK);
                fetch(length);
                advance(length);
                if (left == 0) {
                    // The chip drops ATN with the last byte.
                    port.setAttention(false);
                }
                port.message(bytes, length);
                return !port.isConnected();
            }
        }
        return false;
    }

    private void fetch(int length) {
        dma.read(address, bytesSegment, 0, length);
    }

    private void deliver(int length) {
        registers.set(SFBR, bytes[0]);
        // Linux' driver finds the tag of a command that comes back here (manual, 4.1: SIDL).
        registers.set(LsiRegister.SIDL, bytes[Math.max(0, length - 1)] & 0xff);
        dma.write(address, bytesSegment, 0, length);
        advance(length);
    }

    private void advance(int length) {
        if (abandoned) {
            return;
        }
        address += length;
        left -= length;
        registers.set(SBC, registers.get(SBC) + length);
        show();
    }

    /** A driver may ask for more than there is (SeaBIOS); then it gets what there is. */
    private boolean receiveMessage() {
        Connection connection = port.current();
        int length = Math.min(left, connection.messageBytes());
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) connection.nextMessageByte();
        }
        deliver(length);
        return connection.messageBytes() == 0;
    }

    /** The byte left over from the last move comes first, whatever the target asks for by now. */
    private void takeResidue() {
        boolean takes = phase == ScsiPort.DATA_IN && chained && left > 0 && port.isConnected();
        if (takes && registers.has(SCNTL3, WIDE) && registers.has(SCNTL2, WSR)) {
            registers.setBits(SCNTL2, WSR, false);
            dma.write(address, 1, registers.get(SWIDE));
            advance(1);
        }
    }

    /**
     * What becomes of half a word that an earlier transfer left and that was not taken (manual,
     * 2.2.18 and SCNTL2): receiving, sending after receiving and the narrow bus drop it. Sending
     * keeps half a word only when chained, receiving always does.
     */
    private void beginTransfer() {
        if (transferBegun) {
            return;
        }
        transferBegun = true;
        boolean receives = phase == ScsiPort.DATA_IN;
        boolean wide = registers.has(SCNTL3, WIDE);
        registers.setBits(SCNTL2, receives || !wide ? WSR | WSS : WSR, false);
        int residue = registers.has(SCNTL2, WSS) ? 1 : 0;
        oddEnd = wide && (receives || chained) && (left + residue & 1) != 0;
    }

    private void receiveData() {
        beginTransfer();
        var task = port.current().task;
        boolean keepsOne = oddEnd && task.remainingBytes() > left;
        int length = (int) Math.min(left, task.remainingBytes());
        data.begin(port.current(), true, address, length, keepsOne);
    }

    private void sendData() {
        beginTransfer();
        var task = port.current().task;
        if (registers.has(SCNTL2, WSS)) {
            registers.setBits(SCNTL2, WSS, false);
            data.sendByte(port.current(), (byte) registers.get(SODL));
        } else if (oddEnd && left == 1 && task.remainingBytes() > 1) {
            // Half a word: it goes out with the next move's first byte.
            registers.set(SODL, (int) dma.read(address, 1));
            registers.setBits(SCNTL2, WSS, true);
            advance(1);
        } else {
            int length = (int) Math.min(left, task.remainingBytes());
            if (oddEnd && length == left && length > 1) {
                length--;
            }
            data.begin(port.current(), false, address, length, false);
        }
    }

    /** Takes over what the data mover has done since the last look. */
    private void account() {
        int moved = data.takeMoved();
        if (moved > 0) {
            advance(moved);
            if (registers.has(CCNTL0, ENPMJ)) {
                registers.set(CSBC, registers.get(CSBC) + moved);
            }
            if (phase == ScsiPort.DATA_IN) {
                registers.set(SFBR, data.firstByte());
            }
        }
        if (data.takeKept()) {
            registers.set(SWIDE, data.keptByte());
            registers.setBits(SCNTL2, WSR, true);
        }
        if (moved > 0) {
            port.disconnectIfIdle();
        }
    }

    /** Manual, 4.2, CCNTL0 and registers 0xc0 to 0xdf. */
    private Outcome mismatch() {
        boolean isData = phase == ScsiPort.DATA_IN || phase == ScsiPort.DATA_OUT;
        if (!registers.has(CCNTL0, ENPMJ) || !isData && !registers.has(CCNTL0, ENNDJ)) {
            return Outcome.PHASE_MISMATCH;
        }
        registers.set(RBC, upperByte << 24 | left);
        registers.set(UA, (int) address);
        registers.set(DNAD64, (int) (address >>> 32));
        boolean second =
                registers.has(CCNTL0, PMJCTL) ? (phase & 1) != 0 : registers.has(SCNTL2, WSR);
        registers.set(DSP, registers.get(second ? PMJAD2 : PMJAD1));
        return Outcome.JUMPED;
    }
}

package dev.skerry.device.pc;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * How {@link Rtc}'s time bytes are written: decimal or binary, 12 or 24 hours (MC146818 data sheet,
 * "Time, Calendar, and Alarm").
 *
 * @param binary register B's DM
 * @param hours24 register B's 24/12
 */
record RtcFormat(boolean binary, boolean hours24) {
    private static final int AFTERNOON = 0x80;

    private int encode(int value) {
        return binary ? value : value / 10 << 4 | value % 10;
    }

    /** Digits beyond nine count as what they are; a guest may write anything. */
    private int decode(int bits) {
        return binary ? bits : (bits >> 4) * 10 + (bits & 0xf);
    }

    private int encodeHour(int hour) {
        if (hours24) {
            return encode(hour);
        }
        int onTheDial = hour % 12 == 0 ? 12 : hour % 12;
        return encode(onTheDial) | (hour >= 12 ? AFTERNOON : 0);
    }

    private int decodeHour(int bits) {
        if (hours24) {
            return decode(bits);
        }
        return decode(bits & ~AFTERNOON) % 12 + ((bits & AFTERNOON) != 0 ? 12 : 0);
    }

    /** Writes a moment into the time's bytes. */
    void write(long epochSeconds, byte[] ram) {
        LocalDateTime time = LocalDateTime.ofEpochSecond(epochSeconds, 0, ZoneOffset.UTC);
        put(ram, RtcRegister.SECONDS, encode(time.getSecond()));
        put(ram, RtcRegister.MINUTES, encode(time.getMinute()));
        put(ram, RtcRegister.HOURS, encodeHour(time.getHour()));
        // Sunday is 1.
        put(ram, RtcRegister.DAY_OF_WEEK, encode(time.getDayOfWeek().getValue() % 7 + 1));
        put(ram, RtcRegister.DAY_OF_MONTH, encode(time.getDayOfMonth()));
        put(ram, RtcRegister.MONTH, encode(time.getMonthValue()));
        put(ram, RtcRegister.YEAR, encode(Math.floorMod(time.getYear(), 100)));
        put(ram, RtcRegister.CENTURY, encode(Math.floorMod(time.getYear() / 100, 100)));
    }

    /** The moment the time's bytes tell; values out of their range carry over. */
    long read(byte[] ram) {
        int year = decode(get(ram, RtcRegister.CENTURY)) * 100 + decode(get(ram, RtcRegister.YEAR));
        LocalDate date =
                LocalDate.of(year, 1, 1)
                        .plusMonths(decode(get(ram, RtcRegister.MONTH)) - 1L)
                        .plusDays(decode(get(ram, RtcRegister.DAY_OF_MONTH)) - 1L);
        return date.toEpochDay() * 86_400
                + decodeHour(get(ram, RtcRegister.HOURS)) * 3600L
                + decode(get(ram, RtcRegister.MINUTES)) * 60L
                + decode(get(ram, RtcRegister.SECONDS));
    }

    /** Whether the alarm's bytes name a moment; the two highest bits set mean any. */
    boolean isAlarm(long epochSeconds, byte[] ram) {
        int ofDay = (int) Math.floorMod(epochSeconds, 86_400L);
        int seconds = get(ram, RtcRegister.SECONDS_ALARM);
        int minutes = get(ram, RtcRegister.MINUTES_ALARM);
        int hours = get(ram, RtcRegister.HOURS_ALARM);
        return (isAny(seconds) || seconds == encode(ofDay % 60))
                && (isAny(minutes) || minutes == encode(ofDay / 60 % 60))
                && (isAny(hours) || hours == encodeHour(ofDay / 3600));
    }

    private static boolean isAny(int bits) {
        return (bits & 0xc0) == 0xc0;
    }

    private static int get(byte[] ram, RtcRegister register) {
        return ram[register.offset()] & 0xff;
    }

    private static void put(byte[] ram, RtcRegister register, int value) {
        ram[register.offset()] = (byte) value;
    }
}

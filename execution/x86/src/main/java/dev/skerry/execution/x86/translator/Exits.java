package dev.skerry.execution.x86.translator;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_long;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The ways out of a region, and the looks on the way back. Their code is behind all other. */
final class Exits {
    private record Exit(Label label, int distance, int undone, int pending) {}

    private record Store(Label label, Label then, int pending) {}

    private record Look(Label label, Label then, int pending, Label exit) {}

    private final CodeBuilder cb;
    private final FlagCode flags;

    /** Handlers of misses, by the kind of flags that are pending. */
    private final Map<Integer, Label> misses = new TreeMap<>();

    private final List<Exit> exits = new ArrayList<>();
    private final List<Look> looks = new ArrayList<>();
    private final List<Store> stores = new ArrayList<>();

    /** Here {@link Frame#RIP} is set and the flags are stored; the registers are written back. */
    private final Label end;

    private final Label endByDistance;

    Exits(CodeBuilder cb, FlagCode flags) {
        this.cb = cb;
        this.flags = flags;
        end = cb.newLabel();
        endByDistance = cb.newLabel();
    }

    /**
     * Where to jump to leave; flags that are pending now are stored there.
     *
     * @param distance where to go on
     * @param undone how many instructions have been counted that are not done
     */
    Label exit(int distance, int undone) {
        int pending = flags.pending();
        for (Exit known : exits) {
            if (known.distance == distance && known.undone == undone && known.pending == pending) {
                return known.label;
            }
        }
        Label label = cb.newLabel();
        exits.add(new Exit(label, distance, undone, pending));
        return label;
    }

    /** Where to jump to leave for {@link Frame#RIP}. */
    Label end() {
        return end;
    }

    /** Where to jump to go to a block with flags that are pending stored. */
    Label storeThen(Label block) {
        int pending = flags.pending();
        if (pending == FlagCode.STORED) {
            return block;
        }
        for (Store known : stores) {
            if (known.then == block && known.pending == pending) {
                return known.label;
            }
        }
        Label label = cb.newLabel();
        stores.add(new Store(label, block, pending));
        return label;
    }

    /** Where to jump to go back to a block: unless something was requested, it is entered. */
    Label lookThen(Label block, int distance) {
        for (Look known : looks) {
            if (known.then == block && known.pending == flags.pending()) {
                return known.label;
            }
        }
        Label label = cb.newLabel();
        looks.add(new Look(label, block, flags.pending(), exit(distance, 0)));
        return label;
    }

    /** Between two places an address may turn out not to be in the TLB. */
    void mayMiss(Label begin, Label end) {
        if (flags.pending() != FlagCode.STORED) {
            Label handler = misses.computeIfAbsent(flags.pending(), kind -> cb.newLabel());
            cb.exceptionCatchAll(begin, end, handler);
        }
    }

    /**
     * Puts the handlers of whatever is thrown between two places: flags that are pending there are
     * stored. Goes on with what was thrown on the stack.
     */
    void catchAll(Label begin, Label end) {
        Label plain = cb.newLabel();
        // HotSpot's C1 does not compile a handler that is jumped to, too.
        Label all = cb.newLabel();
        cb.exceptionCatchAll(begin, end, plain);
        cb.labelBinding(plain).goto_(all);
        misses.forEach(
                (kind, handler) -> {
                    cb.labelBinding(handler);
                    flags.store(kind);
                    cb.goto_(all);
                });
        cb.labelBinding(all);
    }

    /** Puts the code of all that was asked for. Ends at {@link #end}, which it binds. */
    void put(Frame frame) {
        for (Look look : looks) {
            cb.labelBinding(look.label).aload(Frame.CORE);
            cb.invokevirtual(Names.CORE, "isRequested", Names.type(CD_boolean));
            cb.ifeq(look.then).goto_(look.exit);
        }
        for (Store store : stores) {
            cb.labelBinding(store.label);
            flags.store(store.pending);
            cb.goto_(store.then);
        }
        for (Exit exit : exits) {
            cb.labelBinding(exit.label);
            if (exit.undone != 0) {
                cb.lload(Frame.DONE).loadConstant((long) -exit.undone).ladd().lstore(Frame.DONE);
            }
            flags.store(exit.pending);
            cb.loadConstant(exit.distance).goto_(endByDistance);
        }
        if (!exits.isEmpty()) {
            cb.labelBinding(endByDistance).i2l().lload(Frame.BASE).ladd().lstore(Frame.RIP);
        }
        cb.labelBinding(end);
    }

    /** Adds up the instructions done. */
    void count() {
        cb.aload(Frame.STATE).dup().getfield(Names.STATE, "translated", CD_long);
        cb.lload(Frame.DONE).ladd().putfield(Names.STATE, "translated", CD_long);
    }
}

package dev.skerry.execution.x86.translator;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_long;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.util.ArrayList;
import java.util.List;

/** The ways out of a region, and the looks on the way back. Their code is behind all other. */
final class Exits {
    private record Exit(Label label, int distance, int undone) {}

    private record Look(Label label, Label then, Label exit) {}

    private final CodeBuilder cb;
    private final List<Exit> exits = new ArrayList<>();
    private final List<Look> looks = new ArrayList<>();

    /** Here {@link Frame#RIP} is set; everything is written back. */
    private final Label end;

    private final Label endByDistance;

    Exits(CodeBuilder cb) {
        this.cb = cb;
        end = cb.newLabel();
        endByDistance = cb.newLabel();
    }

    /**
     * Where to jump to leave.
     *
     * @param distance where to go on
     * @param undone how many instructions have been counted that are not done
     */
    Label exit(int distance, int undone) {
        for (Exit known : exits) {
            if (known.distance == distance && known.undone == undone) {
                return known.label;
            }
        }
        Label label = cb.newLabel();
        exits.add(new Exit(label, distance, undone));
        return label;
    }

    /** Where to jump to leave for {@link Frame#RIP}. */
    Label end() {
        return end;
    }

    /** Where to jump to go back to a block: unless something was requested, it is entered. */
    Label lookThen(Label block, int distance) {
        for (Look known : looks) {
            if (known.then == block) {
                return known.label;
            }
        }
        Label label = cb.newLabel();
        looks.add(new Look(label, block, exit(distance, 0)));
        return label;
    }

    /** Puts the code of all that was asked for. Ends at {@link #end}, which it binds. */
    void put(Frame frame) {
        for (Look look : looks) {
            cb.labelBinding(look.label).aload(Frame.CORE);
            cb.invokevirtual(Names.CORE, "isRequested", Names.type(CD_boolean));
            cb.ifeq(look.then).goto_(look.exit);
        }
        for (Exit exit : exits) {
            cb.labelBinding(exit.label);
            if (exit.undone != 0) {
                cb.lload(Frame.DONE).loadConstant((long) -exit.undone).ladd().lstore(Frame.DONE);
            }
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

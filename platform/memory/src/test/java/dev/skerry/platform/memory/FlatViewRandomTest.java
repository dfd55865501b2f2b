package dev.skerry.platform.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * Random trees of regions, changed at random, compared byte for byte with a model that looks every
 * address up by itself. Repeat a failure with {@code -Dskerry.seed=N}.
 */
class FlatViewRandomTest {
    private static final int TREES = 400;
    private static final int CHANGES = 12;
    private static final int LARGEST = 96;

    private record Hit(Region leaf, long offset) {}

    /** A region and how to look an offset up in it, null where nothing answers. */
    private abstract static class Node {
        Region region;

        abstract Hit at(long offset);

        boolean holds(long offset) {
            return offset >= 0 && offset < region.sizeBytes();
        }
    }

    private static final class Leaf extends Node {
        Leaf(String name, long size) {
            region = Regions.io(name, size);
        }

        @Override
        Hit at(long offset) {
            return holds(offset) ? new Hit(region, offset) : null;
        }
    }

    private static final class Window extends Node {
        private final Node target;
        private final long targetOffset;

        Window(String name, Node target, long targetOffset, long size) {
            region = new Alias(name, target.region, targetOffset, size);
            this.target = target;
            this.targetOffset = targetOffset;
        }

        @Override
        Hit at(long offset) {
            return holds(offset) ? target.at(offset + targetOffset) : null;
        }
    }

    private static final class Box extends Node {
        private record Place(Node node, long offset, int priority, int age) {}

        private final List<Place> places = new ArrayList<>();
        private int additions;

        Box(String name, long size) {
            region = new Container(name, size);
        }

        Container container() {
            return (Container) region;
        }

        void add(Node node, long offset, int priority) {
            if (places.stream().noneMatch(p -> p.node == node)) {
                places.add(new Place(node, offset, priority, additions++));
                places.sort(
                        Comparator.comparingInt(Place::priority)
                                .thenComparingInt(Place::age)
                                .reversed());
                container().add(node.region, offset, priority);
            }
        }

        void removeOne(Random random) {
            if (!places.isEmpty()) {
                Place place = places.remove(random.nextInt(places.size()));
                container().remove(place.node.region);
            }
        }

        @Override
        Hit at(long offset) {
            if (!holds(offset)) {
                return null;
            }
            for (Place place : places) {
                Hit hit = place.node.at(offset - place.offset);
                if (hit != null) {
                    return hit;
                }
            }
            return null;
        }
    }

    @Test
    void a_view_shows_at_every_address_what_the_tree_says() {
        long first = Long.getLong("skerry.seed", System.nanoTime());
        System.out.println("FlatViewRandomTest: first seed " + first);
        int shown = 0;
        for (long seed = first; seed < first + TREES; seed++) {
            shown += compareOne(new Random(seed), "-Dskerry.seed=" + seed);
        }
        assertTrue(shown > TREES, "the random trees show next to nothing");
    }

    private static int compareOne(Random random, String seed) {
        Box root = new Box("root", 1 + random.nextInt(2 * LARGEST));
        AddressSpace space = new AddressSpace("random", root.container());
        List<Node> nodes = new ArrayList<>();
        List<Box> boxes = new ArrayList<>(List.of(root));
        for (int i = 0; i < 14; i++) {
            Node node = randomNode(random, nodes, i);
            if (node instanceof Box box) {
                boxes.add(box);
            }
            nodes.add(node);
        }
        int ranges = 0;
        for (int i = 0; i < CHANGES; i++) {
            if (random.nextInt(4) == 0) {
                boxes.get(random.nextInt(boxes.size())).removeOne(random);
            } else {
                root.add(
                        nodes.get(random.nextInt(nodes.size())),
                        random.nextInt(LARGEST),
                        random.nextInt(3) - 1);
            }
            compare(root, space.view(), seed);
            ranges += space.view().ranges().size();
        }
        return ranges;
    }

    private static Node randomNode(Random random, List<Node> earlier, int number) {
        int size = 1 + random.nextInt(LARGEST);
        int kind = earlier.size() < 3 ? 0 : random.nextInt(3);
        if (kind == 0) {
            return new Leaf("leaf" + number, size);
        }
        if (kind == 1) {
            Node target = earlier.get(random.nextInt(earlier.size()));
            long offset = random.nextLong(target.region.sizeBytes());
            long window = 1 + random.nextLong(target.region.sizeBytes() - offset);
            return new Window("window" + number, target, offset, window);
        }
        Box box = new Box("box" + number, size);
        for (int i = 0; i < 4; i++) {
            Node child = earlier.get(random.nextInt(earlier.size()));
            box.add(child, random.nextInt(size), random.nextInt(3) - 1);
        }
        return box;
    }

    private static void compare(Box root, FlatView view, String seed) {
        long end = 0;
        for (FlatView.Range range : view.ranges()) {
            assertTrue(range.start() >= end, seed + ": ranges overlap or are out of order");
            assertTrue(range.sizeBytes() > 0, seed + ": an empty range");
            end = range.end();
        }
        for (long gpa = -2; gpa < root.region.sizeBytes() + 2; gpa++) {
            int index = view.find(gpa);
            Hit seen = index < 0 ? null : new Hit(view.region(index), view.offset(index, gpa));
            assertEquals(root.at(gpa), seen, seed + ", address " + gpa);
            if (index >= 0) {
                assertEquals(view.ranges().get(index).end() - gpa, view.remaining(index, gpa));
            }
        }
    }
}

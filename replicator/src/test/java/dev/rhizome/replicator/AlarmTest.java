package dev.rhizome.replicator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AlarmTest {
    private static final long FAR_NS = TimeUnit.DAYS.toNanos(1);

    private final ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1);
    private final AtomicInteger woken = new AtomicInteger();
    private final Alarm alarm = new Alarm(scheduler, woken::incrementAndGet);

    AlarmTest() {
        scheduler.setRemoveOnCancelPolicy(true);
    }

    @AfterEach
    void stop() {
        scheduler.shutdownNow();
    }

    @Test
    void howeverOftenItIsAskedThereIsOneTimer() {
        long now = System.nanoTime();
        for (int i = 0; i < 100; i++) {
            alarm.at(now + FAR_NS + (i * 7919L) % 100);
        }
        assertThat(scheduler.getQueue()).hasSize(1);
        alarm.stop();
        assertThat(scheduler.getQueue()).isEmpty();
        alarm.stop();
        assertThat(woken).hasValue(0);
    }

    @Test
    void theEarliestCounts() throws Exception {
        CountDownLatch due = new CountDownLatch(1);
        Alarm earliest = new Alarm(scheduler, due::countDown);
        earliest.at(System.nanoTime() + FAR_NS);
        earliest.at(System.nanoTime() - 1);
        earliest.at(System.nanoTime() + FAR_NS);
        assertThat(due.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void itWakesAgainAndAgain() throws Exception {
        CountDownLatch turns = new CountDownLatch(50);
        Alarm[] self = new Alarm[1];
        self[0] =
                new Alarm(
                        scheduler,
                        () -> {
                            turns.countDown();
                            self[0].at(System.nanoTime());
                        });
        self[0].at(System.nanoTime());
        assertThat(turns.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void neverIsNever() {
        alarm.at(Long.MAX_VALUE);
        assertThat(scheduler.getQueue()).isEmpty();
    }
}

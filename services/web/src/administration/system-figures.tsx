import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';
import styles from './system-figures.module.css';
import { pointsOf, type Sample, totalOf } from './system-history.ts';
import type { SystemPicture } from './system-picture.ts';

const LINE = { width: 120, height: 28 };

/** All services together. */
export function SystemFigures({
  picture,
  samples,
}: {
  picture: SystemPicture;
  samples: readonly Sample[];
}) {
  const { t } = useTranslation('administration');
  const format = useFormat();
  const copies = picture.services.flatMap(({ instances }) => instances);
  const healthy = copies.filter(({ isHealthy }) => isHealthy).length;
  const delayMs = picture.revocation.lastEventDelayMs;
  const ofMinute = samples.map(({ requestsPerSecond }) => requestsPerSecond);
  return (
    <dl className={styles.figures}>
      <Figure
        name={t('system.requestsPerSecond')}
        value={format.number(totalOf(picture, 'requestsPerSecond'))}
        note={t('system.lastMinute', {
          least: format.number(Math.min(...ofMinute)),
          most: format.number(Math.max(...ofMinute)),
        })}
      >
        <svg
          className={styles.line}
          viewBox={`0 -2 ${LINE.width} ${LINE.height + 4}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          <polyline points={pointsOf(samples, LINE)} vectorEffect="non-scaling-stroke" />
        </svg>
      </Figure>
      <Figure
        name={t('system.errorsPerSecond')}
        value={format.number(totalOf(picture, 'errorsPerSecond'))}
      />
      <Figure
        name={t('system.healthyCopies')}
        value={t('system.healthyOf', { healthy, all: copies.length })}
      />
      <Figure
        name={t('system.revocationDelay')}
        value={delayMs === null ? '–' : t('system.ms', { value: format.number(delayMs) })}
        note={delayMs === null ? t('system.noEventYet') : undefined}
      />
    </dl>
  );
}

interface FigureProps {
  name: string;
  value: string;
  note?: string | undefined;
  children?: ReactNode;
}

function Figure({ name, value, note, children }: FigureProps) {
  return (
    <div className={styles.figure}>
      <dt>{name}</dt>
      <dd>
        <span className={styles.value}>{value}</span>
        {children}
        {note && <span className={styles.note}>{note}</span>}
      </dd>
    </div>
  );
}

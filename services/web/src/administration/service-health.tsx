import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';
import { Code, Rows } from './rows.tsx';
import styles from './service-health.module.css';
import type { ServicePicture } from './system-picture.ts';

/** Each service with its copies and what they do now. */
export function ServiceHealth({ services }: { services: readonly ServicePicture[] }) {
  const { t } = useTranslation('administration');
  return (
    <Rows label={t('system.services')}>
      {services.map((service) => (
        <ServiceRow key={service.name} service={service} />
      ))}
    </Rows>
  );
}

function ServiceRow({ service }: { service: ServicePicture }) {
  const { t } = useTranslation('administration');
  const { number } = useFormat();
  const isIdle = service.requestsPerSecond === 0;
  const ms = (value: number) =>
    isIdle ? '–' : t('system.ms', { value: number(value < 10 ? value : Math.round(value)) });
  const figures = [
    [t('system.requestsShort'), number(service.requestsPerSecond)],
    [t('system.errorsShort'), number(service.errorsPerSecond)],
    [t('system.p50'), ms(service.p50Ms)],
    [t('system.p99'), ms(service.p99Ms)],
  ] as const;
  return (
    <li className={styles.service}>
      <div>
        <h3 className={styles.name}>{service.name}</h3>
        {service.description && <p className={styles.description}>{service.description}</p>}
      </div>
      <ul className={styles.copies} aria-label={t('system.copiesOf', { service: service.name })}>
        {service.instances.map(({ address, isHealthy, inFlight }) => (
          <li key={address} data-healthy={isHealthy}>
            <span className={styles.dot} aria-hidden="true" />
            <span>
              <Code>{address}</Code>{' '}
              {isHealthy ? t('system.inFlight', { count: inFlight }) : t('system.unhealthy')}
            </span>
          </li>
        ))}
        {service.instances.length === 0 && <li>{t('system.noCopies')}</li>}
      </ul>
      <dl className={styles.figures}>
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}
